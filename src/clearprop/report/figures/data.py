"""Figures of the data."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from clearprop.examination.data import DataFacts
from clearprop.report.figures.canvas import BLUE, PALE_BLUE, draw, name, plain

MOST = 20


def target(data: DataFacts) -> str:
    """Draw how the target is distributed in the training rows."""
    return _balance(data) if data.classes else _histogram(data)


def _balance(data: DataFacts) -> str:
    shown = sorted(data.classes, key=lambda pair: pair[1])[-MOST:]
    total = sum(count for _, count in data.classes)

    def paint(axes: Any) -> None:
        counts = [count for _, count in shown]
        axes.barh(range(len(shown)), counts, color=PALE_BLUE, edgecolor=BLUE, linewidth=0.6)
        axes.set_yticks(range(len(shown)), [name(label, 16) for label, _ in shown])
        for place, count in enumerate(counts):
            axes.annotate(f"{count:,} ({100 * count / total:.3g} %)", (count, place), (5, 0), va="center", fontsize=8.5,
                          textcoords="offset points")  # fmt: skip
        axes.set_xlim(0, 1.5 * max(counts))
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("training rows")
        plain(axes.xaxis)

    return draw(paint, f"Classes of {data.target}", height=max(1.5, 0.8 + 0.26 * len(shown)))


def _histogram(data: DataFacts) -> str:
    assert data.histogram is not None
    counts, edges = data.histogram

    def paint(axes: Any) -> None:
        widths = [b - a for a, b in pairwise(edges)]
        axes.bar(edges[:-1], counts, widths, align="edge", color=PALE_BLUE, edgecolor=BLUE, linewidth=0.6)
        axes.set_xlabel(name(data.target))
        axes.set_ylabel("training rows")
        plain(axes.xaxis)
        plain(axes.yaxis)

    return draw(paint, f"Distribution of {data.target}", height=2.4)
