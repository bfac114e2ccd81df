"""clearprop worksheet"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli._shared import AsJson
from clearprop.cli.output import as_word, check_out, next_command, note, print_json
from clearprop.errors import UsageError, unknown_name


def command(
    sizes: Annotated[str, typer.Option(help="Layers: inputs, hidden, outputs.")] = "2-3-2",
    notation: Annotated[str, typer.Option(help="Whose letters; rows or columns as samples.")] = "clearprop",
    blanks: Annotated[
        str, typer.Option(help="What to fill in: z, a, delta, dW, db, or of one layer, dW2.")
    ] = "delta,dW",
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another sheet.")] = 0,
    rows: Annotated[int, typer.Option(min=1, max=5, help="Rows of data.")] = 2,
    solution: Annotated[bool, typer.Option(help="With the solution, and the check of answers.")] = True,
    out: Annotated[Path | None, typer.Option(help="Write the page here.  [default: sheet-SEED.html]")] = None,
    template: Annotated[Path | None, typer.Option(help="Write a CSV for the answers of a class, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Set an exercise: a network with friendly numbers, blanks to fill in, and the solution, every sum written out."""
    from clearprop.explain import NOTATIONS
    from clearprop.explain.worksheets import draw_sheet
    from clearprop.files import write_atomically
    from clearprop.report.worksheet_page import worksheet_page

    if notation not in NOTATIONS:
        raise unknown_name("notation", notation, NOTATIONS)
    path = out or Path(f"sheet-{seed}.html")
    for target in filter(None, (path, template)):
        check_out(target)
    sheet = draw_sheet(_sizes(sizes), notation, [name.strip() for name in blanks.split(",")], seed, rows)
    content = worksheet_page(sheet, solution).encode()
    write_atomically(path, content)
    names = [cell.name for cell in sheet.cells]
    if template is not None:
        write_atomically(template, _row(["student", *names]).encode())
    if as_json:
        print_json({"page": str(path), "bytes": len(content), "cells": names, "seed": seed})
    note(f"Wrote {path}: open it in a browser, to print it or to fill it in; {len(names)} numbers are asked for.")
    next_command(f"clearprop grade {as_word(path)} ANSWERS.csv")


def _row(names: list[str]) -> str:
    return ",".join(f'"{name}"' for name in names) + "\n"


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", "-").split("-"))
    except ValueError:
        raise UsageError(f"--sizes {text!r}: write the layers with dashes between, such as 2-3-2.") from None
