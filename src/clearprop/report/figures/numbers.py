"""Figures of predicted numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.estimators.examination.numbers import NumberQuality
from clearprop.report.figures.canvas import BLUE, PALE_BLUE, SOFT, draw, name, plain

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
        axes.hist(inside, bins=40, color=PALE_BLUE, edgecolor=BLUE, linewidth=0.6)
        axes.axvline(0, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        axes.set_xlabel("predicted − true")
        axes.set_ylabel("rows")
        plain(axes.xaxis)
        plain(axes.yaxis)

    return draw(paint, "Distribution of the residuals")


def _dots(axes: Any, x: Any, y: Any) -> None:
    axes.scatter(x, y, s=7, color=BLUE, alpha=0.35, linewidths=0)
    plain(axes.xaxis)
    plain(axes.yaxis)
    axes.locator_params(nbins=6)
