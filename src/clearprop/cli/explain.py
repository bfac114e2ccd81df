"""clearprop explain"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli.output import as_word, next_command, note, print_json


def command(
    model: Annotated[Path, typer.Argument(help="A model file that `clearprop train` wrote.")],
    data: Annotated[str, typer.Argument(help="A table with the model's columns and the target.")],
    row: Annotated[int, typer.Option(min=0, help="The row to explain; 0 is the first.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the page here.  [default: row-ROW.html]")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to show; J is taken over these.")] = 6,
    units: Annotated[int, typer.Option(min=1, help="Units to show of each layer, those that matter most.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write one row's forward and backward pass as a page: every number with the sum it comes from."""
    from clearprop.estimators.persistence import load_table_estimator
    from clearprop.files import write_atomically
    from clearprop.report.worked_page import worked_page

    estimator = load_table_estimator(model)
    X, Y, names = estimator.encode(data)
    title = f"{Path(data).name}, row {row}, worked through"
    page = worked_page(
        estimator.network_, estimator.parameters_, X, Y, row=row, n_rows=rows, max_units=units, names=names, title=title
    )
    path = out or Path(f"row-{row}.html")
    content = page.encode()
    write_atomically(path, content)
    if as_json:
        print_json({"page": str(path), "row": row, "bytes": len(content), "model": str(model), "data": data})
    note(f"Wrote {path} ({len(content) / 1024:.0f} KB): open it in a browser; it needs no network.")
    next_command(f"clearprop derive {as_word(model)}")
