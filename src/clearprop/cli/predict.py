"""clearprop predict"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from clearprop.cli.output import as_word, as_written, check_out, next_command, note, print_json


def command(
    model: Annotated[Path, typer.Argument(help="A model file that `clearprop train` wrote.")],
    data: Annotated[str, typer.Argument(help="A table with the columns the model was trained on.")],
    out: Annotated[Path | None, typer.Option(help="Write the CSV here instead of stdout.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Predict every row of a table: CSV on stdout, with probabilities for classes."""
    from clearprop.estimators.persistence import load_table_estimator

    if out is not None:
        check_out(out, model, data)
    columns = load_table_estimator(model).prediction_columns(data)
    n_rows = len(next(iter(columns.values())))
    if as_json:
        print_json({"rows": n_rows, "columns": columns})
    elif out is not None:
        from clearprop.files import write_atomically

        write_atomically(out, _as_csv(columns).encode())
        note(f"Wrote {n_rows} predictions to {out}")
    else:
        sys.stdout.write(_as_csv(columns))
    next_command(f"clearprop evaluate {as_word(model)} {as_word(data)}")


def _as_csv(columns: dict[str, np.ndarray[Any, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(as_written(values) for values in columns.values()), strict=True))
    return text.getvalue()
