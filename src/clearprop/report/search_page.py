"""A search among settings as a page."""

from __future__ import annotations

import math
from typing import Any

from clearprop.report.figures.canvas import BLUE, SOFT, draw, name, plain
from clearprop.report.pages import page
from clearprop.report.words import FILTERS
from clearprop.selection import Search, Trial, ranked

MOST_OF_LEAST = 10
"""How many times the least loss the picture reaches up to, where trials went wrong."""


def search_page(search: Search, source: str) -> str:
    """Return one self-contained HTML page.

    Parameters
    ----------
    search : Search
        See `clearprop.selection.tune`.
    source : str
        What the table is called.
    """
    values = {
        "title": f"Settings tried on {source}", "x": search, "figure": _losses(search), "said": said,
        "trials": ranked(search),
    }  # fmt: skip
    return page("search/page.html", ["report/page.css"], values, FILTERS)


def said(trial: Trial) -> str:
    """Return the settings of a trial in a line."""
    if not trial.number:
        return "as asked"
    return ", ".join(f"{setting} {_word(value)}" for setting, value in trial.settings.items())


def _word(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else "none" if value is None else str(value)


def _losses(search: Search) -> str:
    """Draw the mean loss of every trial, in the order they were tried in."""
    first, best = search.trials[0], search.best
    known = [trial for trial in search.trials if math.isfinite(trial.loss)]
    highest = MOST_OF_LEAST * min((trial.loss for trial in known), default=1.0)

    def paint(axes: Any) -> None:
        axes.axhline(first.loss, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        for place, trial in enumerate(search.trials):
            colour = BLUE if len(trial.losses) == search.n_folds else SOFT
            marker, size = ("D", 8) if trial.number == best.number else ("o", 4)
            if math.isfinite(trial.loss):
                axes.plot(place, min(trial.loss, highest), marker=marker, markersize=size, color=colour)
        if search.mean is not None:
            axes.axhline(search.mean.loss, color=BLUE, linewidth=1)
        axes.set_xlabel("trials in their order")
        axes.set_ylabel(name("mean loss"))
        plain(axes.yaxis)

    return draw(paint, "Mean loss of every trial", width=6.5)
