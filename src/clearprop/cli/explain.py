"""clearprop explain"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from clearprop.cli._models import Target, model_for
from clearprop.cli._reading import Reading, rows_for, with_reading
from clearprop.cli._shared import AsJson, Model
from clearprop.cli.output import as_word, check_out, next_command, note, print_json
from clearprop.errors import DataError

if TYPE_CHECKING:
    from clearprop.tables import Table


@with_reading
def command(
    model: Model,
    data: Annotated[str, typer.Argument(help="A table with the model's columns and the target.")],
    row: Annotated[int, typer.Option(min=0, help="The row to explain; 0 is the first.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the page here.  [default: row-ROW.html]")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to show; J is taken over these.")] = 6,
    units: Annotated[int, typer.Option(min=1, help="Units to show of each layer, those that matter most.")] = 12,
    target: Target = None,
    as_json: AsJson = False,
    **given: Any,
) -> None:
    """Write one row's forward and backward pass as a page: every number with the sum it comes from."""
    from clearprop.explain.worked_numbers import Most, worked_numbers
    from clearprop.files import write_atomically
    from clearprop.report.worked_page import worked_page

    path, how = out or Path(f"row-{row}.html"), Reading.of(given)
    check_out(path, model, data)
    estimator = model_for(model, data, how, target, judged=True)
    with rows_for(estimator, data, how, in_memory=True) as table:
        X, Y, names = estimator.encode(table)
    index, title = _index_of(row, table), f"{Path(data).name}, row {row}, worked through"
    network, parameters, most = estimator.network_, estimator.parameters_, Most(rows, units)
    content = worked_page(worked_numbers(network, parameters, X, Y, row=index, names=names, most=most), title).encode()
    write_atomically(path, content)
    if as_json:
        print_json({"page": str(path), "row": row, "bytes": len(content), "model": str(model), "data": data})
    note(f"Wrote {path} ({len(content) / 1024:.0f} KB): open it in a browser; it needs no network.")
    next_command(f"clearprop derive {as_word(model)}")


def _index_of(row: int, table: Table) -> int:
    """Return where a row of the file stands in the table, which lacks the rows that were set aside."""
    rows = np.arange(len(table)) if table.origin is None else table.origin
    if row not in rows:
        aside = f", or it was set aside into {table.rejects}" if table.rejects else ""
        raise DataError(f"{table.source} has no row {row}{aside}; its rows are 0 to {rows[-1]}.")
    return int(np.searchsorted(rows, row))
