"""clearprop cv"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli._folds import FOLDS, SEEDS, next_training, ready, tell, with_recipe
from clearprop.cli._shared import AsJson, Config, Folds, Quiet, ToTrainOn
from clearprop.cli.config import resolve
from clearprop.cli.output import check_out, note, print_json, print_table

if TYPE_CHECKING:
    from clearprop.examination.sampling import Interval
    from clearprop.selection import CrossValidation
    from clearprop.tables import Table


@with_recipe
def command(
    data: ToTrainOn = None,
    folds: Folds = FOLDS,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each fold, with other random numbers.")] = SEEDS,
    out: Annotated[
        Path | None, typer.Option(help="Write what every row was predicted to be: .csv, .tsv, .jsonl or .parquet.")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    **given: Any,
) -> None:
    """Cross-validate: how good are these settings on rows that the network has not seen, and how sure is that?"""
    from clearprop.selection import cross_validate
    from clearprop.tables.sinks import check_ending

    settings = resolve(config, {"data": data, **given})
    if out is not None:
        check_out(out, settings.data)
        check_ending(out)
    with ready(settings) as (model, table):
        found = cross_validate(model, table, folds=folds, seeds=seeds, told=None if quiet else tell)
        if out is not None:
            _write(found, table, out)
    if as_json:
        print_json({"data": settings.data} | found.as_plain())
    else:
        _show(settings.data, found)
    if out is not None:
        note(f"Wrote {len(found.truth.rows)} predictions to {out}")
    next_training(settings, f" --members {folds}")


def _show(data: str, found: CrossValidation) -> None:
    single, of_mean, n_seeds = found.scores, found.scores_of_mean, len(found.outputs)
    heads = ["score", "value", "95 % interval", "folds"]
    rows = [[*row, _spread([fold[name] for fold in found.by_fold if name in fold])]
            for name, row in zip(single, _with_intervals(single), strict=True)]  # fmt: skip
    of_seeds = "" if n_seeds == 1 else f" × {n_seeds} seeds"
    title = f"{data}, {len(found.truth.rows)} rows out of fold: {len(found.folds)} folds{of_seeds}, "
    print_table(f"{title}{found.seconds:.1f} s", heads, rows)
    if n_seeds > 1:
        print_table(f"The mean answer of the {n_seeds} seeds", heads[:3], _with_intervals(of_mean))


def _with_intervals(scores: dict[str, Interval]) -> list[list[Any]]:
    return [[name, one.value, f"{one.low:.4g} .. {one.high:.4g}"] for name, one in scores.items()]


def _spread(values: list[float]) -> str:
    return f"{min(values):.4g} .. {max(values):.4g}" if values else ""


def _write(found: CrossValidation, table: Table, out: Path) -> None:
    import numpy as np

    from clearprop.cli._reading import places
    from clearprop.files import atomic_file
    from clearprop.tables.columns.names import unique_names
    from clearprop.tables.sinks import open_sink

    name, numbers = places(table.take(found.truth.rows))
    columns = {name: np.array(numbers, dtype=np.int64)}, found.columns()
    names, _ = unique_names(word for part in columns for word in part)
    with atomic_file(out) as file, open_sink(out, file) as sink:
        sink.write(dict(zip(names, (cells for part in columns for cells in part.values()), strict=True)))
