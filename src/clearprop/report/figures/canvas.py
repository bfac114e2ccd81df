"""The canvas every figure is drawn on: one style, and SVG that can stand in a page."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

INK, SOFT, LINE, PAPER = "#1b1f24", "#57606a", "#dde2e7", "#ffffff"
BLUE, ORANGE, GREEN, PURPLE, RED, TEAL = "#0b62a8", "#c2560c", "#2b7a3d", "#7a4bb0", "#b3261e", "#0f7c80"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, RED, TEAL)
PALE_BLUE, PALE_GREY = "#cfe1f2", "#c9d0d7"
ON_PAPER = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}
"""The box of a text that lines would else run through."""
WIDTH, HEIGHT = 4.2, 2.9
LONGEST = 22

_STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "text.color": INK,
    "text.parse_math": False,  # a name with dollar signs is a name
    "text.usetex": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "clearprop",
    "figure.facecolor": PAPER,
    "figure.constrained_layout.use": True,
}


def draw(painter: Callable[[Any], None], title: str, width: float = WIDTH, height: float = HEIGHT) -> str:
    """Return what the painter draws on a pair of axes as one svg element.

    Parameters
    ----------
    painter : callable
        Of the axes.
    title : str
        For those who do not see it.
    width, height : float
        In inches of 72 units; the page scales it.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    text = io.StringIO()
    style: Any = _STYLE  # matplotlib types every key
    with matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a glyph that only the reader's fonts have
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        painter(figure.add_subplot())
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _for_page(text.getvalue(), title, width)


def name(text: Any, longest: int = LONGEST) -> str:
    """Return a name from the data as a label: one line, no control characters, cut where it is long."""
    clean = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in str(text))
    clean = " ".join(clean.split()) or "(blank)"
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def legend(axes: Any, handles: Sequence[Any], labels: Sequence[str], **options: Any) -> None:
    """Add a legend; a label that begins with an underscore is shown like any other."""
    axes.legend(handles, [f"\u200b{label}" if label.startswith("_") else label for label in labels], **options)


def percent(axis: Any) -> None:
    """Label an axis of shares as percent."""
    axis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %".replace("-", "−"))


def plain(axis: Any) -> None:
    """Label an axis of numbers without powers of ten beside it."""
    axis.set_major_formatter(lambda value, _: short(value))


def above_zero(axes: Any, points: Sequence[float]) -> None:
    """Scale the y axis for numbers above zero: from zero, or logarithmically where they span a factor of 20."""
    finite = [point for point in points if 0 < point < float("inf")]
    if finite and max(finite) > 20 * min(finite):
        few_decades = max(finite) < 300 * min(finite)
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(lambda value, _: short(value) if few_decades and _leads(value) in "25" else "")
    else:
        axes.set_ylim(bottom=0)
    plain(axes.yaxis)


def short(value: float) -> str:
    """Return a number in few characters: 452,600 as 453k, 0.00012 as 0.00012."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * size or (size > 1e3 and abs(value) >= size):
            return f"{value / size:.3g}{letter}".replace("-", "−")
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


def _leads(value: float) -> str:
    """Return the first digit of a number above zero."""
    return f"{value:.0e}"[0]


def _for_page(svg: str, title: str, width: float) -> str:
    body = svg[svg.index("<svg") :]
    opening, rest = body.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', opening)
    rest = re.sub(r"<metadata>.*?</metadata>", "", rest, flags=re.S)
    rest = re.sub(r' id="[A-Za-z]+[A-Za-z0-9]*_\d+"', "", rest)  # figure_1, text_7 ...: each figure has them
    rest = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", rest)  # in the font of the page
    view = box.group() if box else ""
    return f'<svg role="img" aria-label="{escape(title)}" {view} style="max-width:{125 * width:.0f}px">{rest}'
