"""A comparison of models as a page."""

from __future__ import annotations

from typing import Any

from clearprop.report.figures.canvas import BLUE, SOFT, draw, name, plain
from clearprop.report.pages import page
from clearprop.report.words import FILTERS
from clearprop.selection import Comparison


def comparison_page(comparison: Comparison, source: str) -> str:
    """Return one self-contained HTML page.

    Parameters
    ----------
    comparison : Comparison
        See `clearprop.selection.compare`.
    source : str
        What the table is called.
    """
    title = f"{comparison.truth.target}, predicted from {source}"
    values = {"title": title, "x": comparison, "figure": _differences(comparison)}
    return page("comparison/page.html", ["report/page.css"], values, FILTERS)


def _differences(comparison: Comparison) -> str:
    """Draw the paired differences with their intervals."""
    shown = [(one.name, one.behind) for one in comparison.models if one.behind is not None]

    def paint(axes: Any) -> None:
        axes.axvline(0, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        for k, (_, behind) in enumerate(shown):
            axes.plot([behind.low, behind.high], [k, k], color=BLUE, linewidth=2)
            axes.plot(behind.value, k, color=BLUE, marker="o", markersize=5)
        axes.set_yticks(range(len(shown)), [name(called) for called, _ in shown])
        axes.invert_yaxis()
        axes.set_xlabel(f"{comparison.loss}, above that of the first")
        plain(axes.xaxis)

    return draw(paint, "Paired differences of the mean loss", width=6.5)
