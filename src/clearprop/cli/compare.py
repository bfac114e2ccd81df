"""clearprop compare"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli._folds import FOLDS, next_training, ready, tell, with_recipe
from clearprop.cli._shared import AsJson, Config, Quiet, ToTrainOn
from clearprop.cli.config import resolve
from clearprop.cli.output import check_out, note, print_json, print_table

if TYPE_CHECKING:
    from clearprop.examination.sampling import Interval
    from clearprop.selection import Comparison


@with_recipe
def command(
    data: ToTrainOn = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts of the rows, the same for every model.")] = FOLDS,
    out: Annotated[Path | None, typer.Option(help="Write the comparison as one HTML page.")] = None,
    config: Config = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    **given: Any,
) -> None:
    """Compare: is the network better than several of it, a linear model and gradient boosting, on the same folds?"""
    from clearprop.selection import compare

    settings = resolve(config, {"data": data, **given})
    if out is not None:
        check_out(out, settings.data)
    with ready(settings) as (model, table):
        found = compare(model, table, folds=folds, told=None if quiet else tell)
    if out is not None:
        _write(found, settings.data, out)
    if as_json:
        print_json({"data": settings.data} | found.as_plain())
    else:
        _show(settings.data, found)
    if out is not None:
        note(f"Wrote {out}")
    next_training(settings)


def _show(data: str, found: Comparison) -> None:
    main = "log_loss" if len(found.truth.labels) else "rmse"
    other = "accuracy" if len(found.truth.labels) else "r2"
    rows = [
        [one.name, one.scores[other].value, one.scores[main].value,
         None if one.behind is None else one.behind.value, "" if one.behind is None else _ends(one.behind), one.seconds]
        for one in found.models
    ]  # fmt: skip
    heads = ("model", other, main, "behind", "95 % interval", "s")
    print_table(f"{data}, {len(found.truth.rows)} rows out of the same {len(found.folds)} folds", heads, rows)


def _ends(one: Interval) -> str:
    return f"{one.low:.2g} .. {one.high:.2g}"


def _write(found: Comparison, data: str, out: Path) -> None:
    from clearprop.files import write_atomically
    from clearprop.report import comparison_page

    write_atomically(out, comparison_page(found, data).encode())
