"""Learning curves: the loss and the metric over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clearprop.report.figures.canvas import BLUE, ON_PAPER, ORANGE, SOFT, above_zero, draw, legend, plain


def learning_curve(history: Mapping[str, Sequence[Any]], what: str, best: int | None, label: str) -> str:
    """Draw the training and validation curves of "loss" or "metric"; the best epoch is marked."""

    def paint(axes: Any) -> None:
        epochs = history["epoch"]
        shown = [("training", history[what], BLUE), ("validation", history[f"validation_{what}"], ORANGE)]
        shown = [(text, values, colour) for text, values, colour in shown if any(v is not None for v in values)]
        handles = []
        for _, values, colour in shown:
            points = [float("nan") if value is None else value for value in values]
            handles += axes.plot(epochs, points, color=colour, marker="o" if len(epochs) < 3 else None)
        if best is not None:
            axes.axvline(best, color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
            axes.annotate(f"best: {best}", (best, 1), (4, -2), xycoords=("data", "axes fraction"),
                          textcoords="offset points", va="top", fontsize=8.5, color=SOFT, bbox=ON_PAPER)  # fmt: skip
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        plain(axes.yaxis)
        legend(axes, handles, [text for text, _, _ in shown])

    return draw(paint, f"{label} over the epochs")


def positive_curve(history: Mapping[str, Sequence[Any]], what: str, label: str) -> str:
    """Draw one quantity above zero from zero, or on a logarithmic axis."""

    def paint(axes: Any) -> None:
        points = [value if value and value > 0 else float("nan") for value in history[what]]
        axes.plot(history["epoch"], points, color=BLUE, marker="o" if len(points) < 3 else None)
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        above_zero(axes, points)

    return draw(paint, f"{label} over the epochs")
