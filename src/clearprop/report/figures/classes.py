"""Figures of predicted classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.examination.classes import Bin, ClassQuality, Curve, Threshold
from clearprop.report.figures.canvas import (
    BLUE,
    INK,
    ORANGE,
    PALETTE,
    SOFT,
    WIDTH,
    draw,
    legend,
    name,
    percent,
    plain,
)

MOST_CLASSES = 20
_WRITTEN = 12  # classes up to which the counts fit into their cells


def confusion(quality: ClassQuality) -> str:
    """Draw the confusion matrix, each row as shares of its true class; of many classes the most frequent."""
    chosen = np.sort(np.argsort(-quality.confusion.sum(axis=1), kind="stable")[:MOST_CLASSES])
    counts = quality.confusion[np.ix_(chosen, chosen)]
    shares = counts / np.maximum(quality.confusion[chosen].sum(axis=1, keepdims=True), 1)
    names = [name(quality.labels[k], 14) for k in chosen]

    def paint(axes: Any) -> None:
        axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1.15, edgecolors="white", linewidth=1)
        axes.invert_yaxis()
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        places = np.arange(len(names)) + 0.5
        turned = sum(map(len, names)) > 40
        axes.set_xticks(places, names, rotation=60 if turned else 0, ha="right" if turned else "center",
                        rotation_mode="anchor" if turned else "default")  # fmt: skip
        axes.set_yticks(places, names)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        if len(names) <= _WRITTEN:
            for (i, j), count in np.ndenumerate(counts):
                colour = "white" if shares[i, j] > 0.65 else INK
                share = f"\n{100 * shares[i, j]:.0f} %" if len(names) <= 6 else ""
                axes.text(j + 0.5, i + 0.5, f"{count:,}{share}", ha="center", va="center", color=colour, fontsize=8.5)

    return draw(paint, "Confusion matrix", height=min(4.6, 2.6 + 0.12 * len(names)))


def roc(curves: list[Curve]) -> str:
    """Draw the ROC curves."""

    def paint(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        handles = [
            axes.plot(curve.false_rate, curve.true_rate, color=colour)[0]
            for curve, colour in zip(curves, PALETTE, strict=False)
        ]
        _square(axes, "false positive rate", "true positive rate (recall)")
        legend(
            axes, handles, [f"{name(curve.label, 16)}: area {curve.area:.3f}" for curve in curves], loc="lower right"
        )

    return draw(paint, "ROC curves")


def precision_recall(curves: list[Curve]) -> str:
    """Draw precision over recall; the dashed lines are the shares of the classes, what guessing has."""

    def paint(axes: Any) -> None:
        handles = []
        for curve, colour in zip(curves, PALETTE, strict=False):
            handles += axes.plot(curve.recall, curve.precision, color=colour)
            axes.axhline(curve.share, color=colour, linewidth=0.9, linestyle=(0, (3, 3)), alpha=0.7)
        _square(axes, "recall", "precision")
        texts = [f"{name(curve.label, 16)}: average {curve.average_precision:.3f}" for curve in curves]
        legend(axes, handles, texts, loc="lower left")

    return draw(paint, "Precision and recall")


def calibration(bins: list[Bin], of: str) -> str:
    """Draw how often it came true against what was predicted."""

    def paint(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (3, 3)))
        x = [b.predicted for b in bins]
        y = np.array([b.observed.value for b in bins])
        spread = [y - [b.observed.low for b in bins], [b.observed.high for b in bins] - y]
        axes.errorbar(x, y, np.maximum(spread, 0), color=BLUE, ecolor=BLUE, elinewidth=1, marker="o", markersize=4)
        _square(axes, f"predicted {of}", "observed share")

    return draw(paint, "Calibration")


def thresholds(rows: list[Threshold]) -> str:
    """Draw precision, recall and F1 over the threshold."""

    def paint(axes: Any) -> None:
        at = [row.at for row in rows]
        handles = [
            axes.plot(at, [getattr(row, what) for row in rows], color=colour)[0]
            for what, colour in (("precision", BLUE), ("recall", ORANGE), ("f1", INK))
        ]
        _square(axes, "threshold", "")
        plain(axes.xaxis)
        legend(axes, handles, ["precision", "recall", "F1"], loc="lower center", ncols=3)

    return draw(paint, "Precision, recall and F1 over the threshold", WIDTH)


def _square(axes: Any, x: str, y: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.04)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    percent(axes.xaxis)
    percent(axes.yaxis)
