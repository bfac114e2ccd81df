"""clearprop tune"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli._folds import ready, tell, with_recipe
from clearprop.cli._shared import AsJson, Config, Folds, Quiet, ToTrainOn
from clearprop.cli.config import TrainConfig, resolve
from clearprop.cli.output import as_word, check_out, next_command, note, print_json, print_table
from clearprop.errors import UsageError

if TYPE_CHECKING:
    from clearprop.selection import Search

FOLDS, TRIALS, MANY, SHOWN = 3, 40, 100_000, 12


@with_recipe
def command(
    data: ToTrainOn = None,
    trials: Annotated[int | None, typer.Option(min=1, help="How many settings to try.  [default: 40]")] = None,
    budget: Annotated[str | None, typer.Option(help="Time after which no more begin, such as 60s or 5m.")] = None,
    folds: Folds = FOLDS,
    sampler: Annotated[str, typer.Option(help="Who says what to try: random or optuna.")] = "random",
    journal: Annotated[Path | None, typer.Option(help="Keep the search here; one that is there goes on.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to save the model.  [default: DATA.safetensors]")] = None,
    page: Annotated[Path | None, typer.Option(help="Write what was tried as one HTML page, with a picture.")] = None,
    config: Config = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    **given: Any,
) -> None:
    """Search for better settings, train a network with the best and save it with its search."""
    from clearprop.cli._settings import model_path
    from clearprop.selection import tune

    settings = resolve(config, {"data": data, **given} | ({} if out is None else {"out": str(out)}))
    path = model_path(settings)
    for place, option in ((out, "--out"), (journal, "--journal"), (page, "--page")):
        if place is not None:
            check_out(place, settings.data, option=option)
    seconds = None if budget is None else _seconds(budget)
    most = trials or (MANY if seconds else TRIALS)
    with ready(settings) as (model, table):
        found = tune(
            model, table, trials=most, budget=seconds, folds=folds, sampler=sampler, journal=journal,
            test=settings.test, told=None if quiet or seconds else tell,
        )  # fmt: skip
    found.model.note(config=_config(settings, found).as_kept())
    found.model.save(path)
    if page is not None:
        _write(found, settings.data, page)
    scores = found.model.facts_.test.scores
    if as_json:
        print_json({"data": settings.data, "model": path, "test": scores} | found.as_plain())
    else:
        _show(settings.data, found)
    note(f"Saved {path}" if page is None else f"Saved {path}, wrote {page}")
    next_command(f"clearprop inspect {as_word(path)}")


def _config(settings: TrainConfig, found: Search) -> TrainConfig:
    """Return the configuration that trains the winner."""
    known, chosen = settings.known(), found.best.settings
    words = {word: chosen[one.name] for word, one in known.items() if one.name in chosen}
    return TrainConfig.of(settings.as_plain() | {w: list(v) if isinstance(v, tuple) else v for w, v in words.items()})


def _write(found: Search, data: str, page: Path) -> None:
    from clearprop.files import write_atomically
    from clearprop.report import search_page

    write_atomically(page, search_page(found, data).encode())


def _show(data: str, found: Search) -> None:
    from clearprop.report.search_page import said
    from clearprop.selection import ranked

    rows = [[one.name, len(one.losses), one.loss, said(one)] for one in ranked(found)[:SHOWN]]
    print_table(f"{data}: {len(found.trials) - 1} trials", ("trial", "folds", "mean loss", "settings"), rows)
    best, mean = found.best, found.mean
    if not best.number:
        note("No trial was better than the settings as they were asked for.")
    else:
        note(f"Trial {best.name} has {best.loss / found.trials[0].loss:.1%} of the loss of the settings as asked.")
    if mean is not None:
        parts = ", ".join(f"{n} as trial {name}" for name, n in mean.counts.items())
        share = f"{mean.loss / mean.alone:.1%} of the loss of as many networks of trial {best.name} alone"
        note(f"The best mean of several has {share}: {parts}.")


def _seconds(text: str) -> float:
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|h|)", text.strip())
    if match is None or not float(match[1]):
        raise UsageError(f"--budget must be a time above 0 such as 60s, 5m or 1h, got {text!r}.")
    return float(match[1]) * {"s": 1, "": 1, "m": 60, "h": 3600}[match[2]]
