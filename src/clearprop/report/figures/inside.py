"""Figures of the inside: layers over the epochs, and the network itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from clearprop.clinic.layer_states import LayerState
from clearprop.model import Network
from clearprop.report.figures.canvas import (
    BLUE,
    INK,
    LINE,
    PALE_BLUE,
    PALETTE,
    SOFT,
    above_zero,
    draw,
    legend,
    percent,
    plain,
)

MOST_LAYERS = 6
_DRAWN = 7


def over_time(epochs: list[int], states: list[tuple[LayerState, ...]], what: str, label: str, log: bool) -> str:
    """Draw one quantity of every layer over the epochs."""

    def paint(axes: Any) -> None:
        layers = range(min(len(states[0]), MOST_LAYERS))
        handles, all_points = [], []
        for l, colour in zip(layers, PALETTE, strict=False):
            values = [getattr(state[l], what) for state in states]
            points = [value if value or (value == 0 and not log) else float("nan") for value in values]
            handles += axes.plot(epochs, points, color=colour)
            all_points += points
        if log:
            above_zero(axes, all_points)
        else:
            percent(axes.yaxis)
            axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        legend(axes, handles, [f"layer {l + 1}" for l in layers])

    return draw(paint, f"{label} over the epochs")


def z_over_time(epochs: list[int], states: list[tuple[LayerState, ...]], l: int) -> str:
    """Draw the distribution of z[l] over the epochs: median, half of all, nine tenths of all."""

    def paint(axes: Any) -> None:
        quantiles = [[state[l - 1].z[k] for state in states] for k in range(5)]
        nine = axes.fill_between(epochs, quantiles[0], quantiles[4], color=PALE_BLUE, alpha=0.55, linewidth=0)
        half = axes.fill_between(epochs, quantiles[1], quantiles[3], color="#9cc3e6", linewidth=0)
        (middle,) = axes.plot(epochs, quantiles[2], color=BLUE)
        axes.axhline(0, color=SOFT, linewidth=0.8)
        axes.set_xlabel("epoch")
        axes.set_ylabel(f"z of layer {l}")
        plain(axes.yaxis)
        legend(axes, [middle, half, nine], ["median", "half", "90 %"], loc="lower left", bbox_to_anchor=(0, 1), ncols=3)

    return draw(paint, f"z of layer {l} over the epochs")


def diagram(network: Network) -> str:
    """Draw the network: one column of discs per layer, at most seven of them."""
    sizes = network.sizes
    titles = ["input", *(layer.activation for layer in network.layers)]

    def paint(axes: Any) -> None:
        places = [_discs(l, n) for l, n in enumerate(sizes)]
        for left, right in pairwise(places):
            for x0, y0 in left:
                for x1, y1 in right:
                    axes.plot([x0, x1], [y0, y1], color=LINE, linewidth=0.6, zorder=1)
        for l, discs in enumerate(places):
            colour = "white" if l == 0 else PALE_BLUE
            axes.scatter(*zip(*discs, strict=True), s=95, color=colour, edgecolors=BLUE, linewidths=1, zorder=2)
            axes.text(l, -4.3, f"{sizes[l]:,}", ha="center", va="top", fontsize=10, color=INK, fontweight="bold")
            axes.text(l, -5.2, titles[l], ha="center", va="top", fontsize=8.5, color=SOFT)
            if sizes[l] > _DRAWN:
                axes.text(l, 0, "⋮", ha="center", va="center", fontsize=12, color=SOFT)
        axes.set_xlim(-0.45, len(sizes) - 0.55)
        axes.set_ylim(-6.1, 4)
        axes.axis("off")

    return draw(paint, "The network: " + " – ".join(map(str, sizes)), max(3.4, 1.15 * len(sizes)), 2.6)


def _discs(l: int, n: int) -> list[tuple[float, float]]:
    if n > _DRAWN:
        return [(l, y) for y in (3.0, 2.0, 1.0, -1.0, -2.0, -3.0)]
    return [(l, (n - 1) / 2 - k) for k in range(n)]
