"""Find a learning rate: what ``clearprop train --find-lr`` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from clearprop.cli._settings import build_estimator, prepare
from clearprop.cli.config import TrainConfig
from clearprop.cli.output import as_word, next_command, note, print_json
from clearprop.tables import read_table

WIDTH, HEIGHT = 64, 14


def find_and_show(settings: TrainConfig, plot: Path | None, as_json: bool) -> None:
    """Run the range test on the training rows, and print its curve and its suggestion.

    Raises
    ------
    ClearpropError
        Whatever reading the table, the test or the figure raises.
    """
    from clearprop.fitting.efforts import QUICK
    from clearprop.fitting.learning_rate import find_learning_rate

    table = read_table(settings.data, **settings.read_options())
    job = prepare(build_estimator(settings, table, quiet=True), settings, table)
    found = find_learning_rate(job)
    if plot is not None:
        from clearprop.report.range_test_figure import save_range_test

        save_range_test(found, plot)
        note(f"Saved {plot}")
    rate = float(f"{found.suggested:.1e}")
    if as_json:
        curve = {"learning_rates": found.learning_rates, "losses": found.losses, "smoothed": found.smoothed}
        print_json({"suggested": rate, "steepest": found.steepest, **curve})
    else:
        print("\n".join(curve_as_text(found.learning_rates, found.smoothed, found.suggested)))
        print(f"suggested learning rate: {rate:g}")
    target = f" --target {as_word(settings.target)}" if settings.target else ""
    optimizer = "" if settings.optimizer in (None, "adam") else f" --optimizer {as_word(settings.optimizer)}"
    effort = "" if job.recipe.effort == QUICK else f" --effort {job.recipe.effort}"
    next_command(f"clearprop train {as_word(settings.data)}{target}{effort}{optimizer} --learning-rate {rate:g}")


def curve_as_text(rates: Any, losses: Any, suggested: float) -> list[str]:
    """Return lines that show the losses over the logarithm of the rates, the suggested rate marked below."""
    logs = np.log10(rates)
    columns = np.linspace(logs[0], logs[-1], WIDTH)
    top = losses[0] + 0.5 * (losses[0] - losses.min())
    heights = np.minimum(np.interp(columns, logs, losses), top)
    low, span = heights.min(), (heights.max() - heights.min()) or 1.0
    levels = np.rint((heights - low) / span * (HEIGHT - 1)).astype(int)
    mark = int(np.argmin(np.abs(columns - np.log10(suggested))))
    lines = []
    for level in range(HEIGHT - 1, -1, -1):
        cells = "".join("*" if height == level else " " for height in levels)
        lines.append(f"{low + span * level / (HEIGHT - 1):>10.4g} | {cells}".rstrip())
    lines.append(" " * 11 + "+" + "-" * (mark + 1) + "^" + "-" * (WIDTH - mark - 1))
    lines.append(f"{'':13}{rates[0]:<{WIDTH - 8}.1e}{rates[-1]:>8.1e}")
    return lines
