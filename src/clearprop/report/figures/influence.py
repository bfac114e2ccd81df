"""Figures of what the columns do."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.examination.influence import Dependence, ErrorAlong, Importance, labels_of
from clearprop.report.figures.canvas import BLUE, LINE, ORANGE, PALE_BLUE, SOFT, draw, name, plain, short

MOST = 15
_EVERY = 6  # of the dates of a grid has a label


def importance(found: list[Importance], total: float) -> str:
    """Draw by how much of the mean loss per row shuffling each column raises it."""
    shown = found[:MOST][::-1]

    def paint(axes: Any) -> None:
        rises = [i.rise / total for i in shown]
        axes.barh(range(len(shown)), rises, xerr=[i.deviation / total for i in shown], color=PALE_BLUE,
                  edgecolor=BLUE, linewidth=0.6, error_kw={"elinewidth": 1, "ecolor": SOFT})  # fmt: skip
        axes.set_yticks(range(len(shown)), [name(i.column) for i in shown])
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=5)
        axes.xaxis.set_major_formatter(lambda value, _: f"{'+' if value > 0 else ''}{short(100 * value)} %")
        axes.set_xlabel("loss with the column shuffled")

    return draw(paint, "Importance of the columns", height=max(1.6, 0.8 + 0.24 * len(shown)))


def dependence(found: Dependence) -> str:
    """Draw the mean prediction over a column, thin lines for single rows."""

    def paint(axes: Any) -> None:
        if found.kind in ("number", "date"):
            x = found.at if found.kind == "number" else range(len(found.at))
            axes.plot(x, found.lines.T, color=LINE, linewidth=0.7)
            axes.plot(x, found.mean, color=BLUE, linewidth=2)
            plain(axes.xaxis)
            if found.kind == "date":
                shown = range(0, len(found.at), _EVERY)
                labels = labels_of(found.at)
                axes.set_xticks(shown, [labels[k] for k in shown])
        else:
            places = range(len(found.at))
            low, high = np.quantile(found.lines, [0.1, 0.9], axis=0)
            axes.vlines(places, low, high, color=LINE, linewidth=5)
            axes.plot(places, found.mean, color=BLUE, marker="o", markersize=5, linestyle="none")
            _names(axes, [str(label) for label in found.at])
        axes.set_xlabel(name(found.column))
        axes.set_ylabel(name(found.of, 34))
        plain(axes.yaxis)

    return draw(paint, f"Partial dependence on {found.column}")


def error_along(found: ErrorAlong, label: str) -> str:
    """Draw the mean error in bins of a column, with two standard errors."""

    def paint(axes: Any) -> None:
        places = range(len(found.names))
        axes.errorbar(places, found.error, 2 * found.deviation, color=ORANGE, marker="o", markersize=5,
                      linestyle="none", elinewidth=1.2)  # fmt: skip
        _names(axes, found.names)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(name(found.column))
        axes.set_ylabel(label)
        plain(axes.yaxis)

    return draw(paint, f"Error along {found.column}")


def _names(axes: Any, labels: list[str]) -> None:
    axes.set_xticks(range(len(labels)), [name(label, 18) for label in labels], rotation=35, ha="right",
                    rotation_mode="anchor")  # fmt: skip
    axes.set_xlim(-0.6, len(labels) - 0.4)
