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
    for place, option in ((out, "--out"), (journal, "--journal")):
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
    scores = found.model.facts_.test.scores
    if as_json:
        print_json({"data": settings.data, "model": path, "test": scores} | found.as_plain())
    else:
        _show(settings.data, found)
    note(f"Saved {path}")
    next_command(f"clearprop inspect {as_word(path)}")


def _config(settings: TrainConfig, found: Search) -> TrainConfig:
    """Return the configuration that trains the winner."""
    known, chosen = settings.known(), found.best.settings
    words = {word: chosen[one.name] for word, one in known.items() if one.name in chosen}
    return TrainConfig.of(settings.as_plain() | {w: list(v) if isinstance(v, tuple) else v for w, v in words.items()})


def _show(data: str, found: Search) -> None:
    from clearprop.selection.search import ranked

    first = found.trials[0]
    rows = [
        ["as asked" if not one.number else one.number, len(one.losses), one.loss,
         "" if not one.number else ", ".join(f"{name} {_said(value)}" for name, value in one.settings.items())]
        for one in ranked(found)[:SHOWN]
    ]  # fmt: skip
    print_table(f"{data}: {len(found.trials) - 1} trials", ("trial", "folds", "mean loss", "settings"), rows)
    if not found.best.number:
        note("No trial was better than the settings as they were asked for.")
    else:
        note(f"Trial {found.best.number} has {found.best.loss / first.loss:.1%} of the loss of the settings as asked.")


def _said(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else "none" if value is None else str(value)


def _seconds(text: str) -> float:
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|h|)", text.strip())
    if match is None or not float(match[1]):
        raise UsageError(f"--budget must be a time above 0 such as 60s, 5m or 1h, got {text!r}.")
    return float(match[1]) * {"s": 1, "": 1, "m": 60, "h": 3600}[match[2]]
