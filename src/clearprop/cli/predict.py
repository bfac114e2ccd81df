"""clearprop predict"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from clearprop.cli._reading import Reading, places, rows_for, with_reading
from clearprop.cli.output import as_word, as_written, check_out, next_command, note, print_json

if TYPE_CHECKING:
    from clearprop.tables import Table


@with_reading
def command(
    model: Annotated[Path, typer.Argument(help="A model file that `clearprop train` wrote.")],
    data: Annotated[str, typer.Argument(help="A table with the columns the model was trained on.")],
    out: Annotated[Path | None, typer.Option(help="Write the CSV here instead of stdout.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    **given: Any,
) -> None:
    """Predict every row of a table: CSV on stdout, with probabilities for classes.

    With `--bad-rows quarantine` the first column names the line of each row in the file, as the file of rejects does.
    """
    from clearprop.estimators.persistence import load_table_estimator

    if out is not None:
        check_out(out, model, data)
    how, estimator = Reading.of(given), load_table_estimator(model)
    with rows_for(estimator, data, how) as table:
        columns = _numbered(table, how) | estimator.prediction_columns(table)
        target = estimator.schema_.target
        scored = target is not None and target.name in table.names
    n_rows = len(table)
    if as_json:
        rejected = {"rejected_rows": table.n_rejected, "rejects": table.rejects}
        print_json({"rows": n_rows, **rejected, "columns": columns})
    elif out is not None:
        from clearprop.files import write_atomically

        write_atomically(out, _as_csv(columns).encode())
        note(f"Wrote {n_rows} predictions to {out}")
    else:
        sys.stdout.write(_as_csv(columns))
    evaluate = f"clearprop evaluate {as_word(model)} {as_word(data)}{how.as_words()}"
    next_command(evaluate if scored else f"clearprop inspect {as_word(model)}")


def _numbered(table: Table, how: Reading) -> dict[str, np.ndarray[Any, Any]]:
    """Return the column that tells which row a prediction is of, where rows may be missing."""
    if how.settings.get("bad_rows") != "quarantine":
        return {}
    name, numbers = places(table)
    return {name: np.array(numbers, dtype=np.int64)}


def _as_csv(columns: dict[str, np.ndarray[Any, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(as_written(values) for values in columns.values()), strict=True))
    return text.getvalue()
