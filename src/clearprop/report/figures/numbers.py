"""Figures of predicted numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.examination.numbers import NumberQuality
from clearprop.examination.sure import Sure
from clearprop.report.figures.canvas import BLUE, ON_PAPER, PALE_BLUE, SOFT, draw, name, percent, plain, short

_TAIL = 0.5  # percent of the residuals on either side that the histogram leaves out


def predicted_and_true(quality: NumberQuality, target: str) -> str:
    """Draw predictions over true values."""

    def paint(axes: Any) -> None:
        low = float(min(quality.true.min(), quality.predicted.min()))
        high = float(max(quality.true.max(), quality.predicted.max()))
        axes.plot([low, high], [low, high], color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        _dots(axes, quality.true, quality.predicted)
        axes.set_xlabel(f"true {name(target)}")
        axes.set_ylabel("predicted")

    return draw(paint, "Predicted over true values")


def residuals_over_predicted(quality: NumberQuality) -> str:
    """Draw residuals over predictions."""

    def paint(axes: Any) -> None:
        axes.axhline(0, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        _dots(axes, quality.predicted, quality.predicted - quality.true)
        axes.set_xlabel("predicted")
        axes.set_ylabel("predicted − true")

    return draw(paint, "Residuals over predictions")


def residual_histogram(quality: NumberQuality) -> str:
    """Draw how the residuals are distributed, but for the last half percent on either side."""

    def paint(axes: Any) -> None:
        low, high = np.percentile(quality.residuals, [_TAIL, 100 - _TAIL])
        inside = quality.residuals[(quality.residuals >= low) & (quality.residuals <= high)]
        bins = min(40, max(8, round(2 * len(inside) ** (1 / 3))))  # the Rice rule, within bounds
        axes.hist(inside, bins=bins, color=PALE_BLUE, edgecolor=BLUE, linewidth=0.6)
        axes.axvline(0, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        axes.set_xlabel("predicted − true")
        axes.set_ylabel("rows")
        plain(axes.xaxis)
        plain(axes.yaxis)

    return draw(paint, "Distribution of the residuals")


def error_shares(quality: NumberQuality) -> str:
    """Draw the share of the rows whose error is at most x (Bi and Bennett 2003)."""

    def paint(axes: Any) -> None:
        shares = np.linspace(0, 0.99, 100)
        errors = np.quantile(np.abs(quality.residuals), shares)
        axes.plot(errors, shares, color=BLUE)
        for share in (0.5, 0.9):
            error = float(errors[round(100 * share)])
            axes.plot([0, error, error], [share, share, 0], color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
            axes.annotate(f"{100 * share:.0f} %: within {short(error)}", (error, share), (7, -3), fontsize=8.5,
                          textcoords="offset points", va="top", bbox=ON_PAPER)  # fmt: skip
        axes.set_xlim(left=0)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("absolute error")
        axes.set_ylabel("rows within it")
        plain(axes.xaxis)
        percent(axes.yaxis)

    return draw(paint, "Share of the rows within an error")


def coverage(sure: Sure, of: str) -> str:
    """Draw the share of the rows whose interval, or set of classes, held the truth, over what it was to be."""

    def paint(axes: Any) -> None:
        low = min(*sure.levels, *sure.held, 1.0)
        axes.plot([low, 1], [low, 1], color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        axes.plot(sure.levels, sure.held, color=BLUE, marker="o", markersize=4)
        axes.set_xlabel(f"rows whose {of} is to hold the truth")
        axes.set_ylabel("rows where it did")
        percent(axes.xaxis)
        percent(axes.yaxis)

    return draw(paint, f"How often an {of} held the truth" if of == "interval" else f"How often a {of} held the truth")


def _dots(axes: Any, x: Any, y: Any) -> None:
    axes.scatter(x, y, s=7, color=BLUE, alpha=0.35, linewidths=0)
    plain(axes.xaxis)
    plain(axes.yaxis)
    axes.locator_params(nbins=6)
