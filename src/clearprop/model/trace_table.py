"""A trace as a table: shape, smallest, root mean square, largest and share of zeros of every array (as in rnet)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Groups = Iterable[tuple[str, Mapping[str, NDArray[Any]]]]
"""Titles, and arrays by name."""

HEAD = ("array", "shape", "min", "rms", "max", "zeros")

_HTML = """<style>.clearprop-trace td, .clearprop-trace th {{ text-align: right; padding: 0 .7em }}
.clearprop-trace td:first-child, .clearprop-trace th[colspan] {{ text-align: left }}</style>
<p>{title}</p><table class="clearprop-trace"><tr>{head}</tr>{rows}</table>"""


@dataclass(frozen=True)
class Summary:
    """One array in six words."""

    name: str
    shape: str
    smallest: str
    rms: str
    largest: str
    zeros: str

    @classmethod
    def of(cls, name: str, array: NDArray[Any]) -> Summary:
        """Sum up an array; one that is not finite shows nan or inf."""
        shape = " × ".join(map(str, array.shape))
        if array.size == 0:
            return cls(name, shape, "", "", "", "")
        with np.errstate(over="ignore", invalid="ignore"):
            rms = float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))
        zeros = f"{np.mean(array == 0):.0%}"
        return cls(name, shape, short(array.min()), short(rms), short(array.max()), zeros)

    @property
    def cells(self) -> tuple[str, ...]:
        """The words, in the order of `HEAD`."""
        return (self.name, self.shape, self.smallest, self.rms, self.largest, self.zeros)


def text(title: str, groups: Groups) -> str:
    """Return the trace as lines of text, one table per group of arrays."""
    tables = _summed_up(groups)
    cells = [HEAD, *(summary.cells for _, summaries in tables for summary in summaries)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    lines = [title, "", _line(HEAD, widths)]
    for name, summaries in tables:
        lines += ["", name, *(_line(summary.cells, widths) for summary in summaries)]
    return "\n".join(lines)


def html(title: str, groups: Groups) -> str:
    """Return the trace as a table for a notebook."""
    rows = []
    for name, summaries in _summed_up(groups):
        rows.append(f'<tr><th colspan="{len(HEAD)}">{escape(name)}</th></tr>')
        rows += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in summary.cells) + "</tr>" for summary in summaries]
    head = "".join(f"<th>{word}</th>" for word in HEAD)
    return _HTML.format(title=escape(title), head=head, rows="".join(rows))


def short(value: float) -> str:
    """Return a number in four digits."""
    return f"{float(value):.4g}".replace("-", "−")


def _summed_up(groups: Groups) -> list[tuple[str, list[Summary]]]:
    return [(name, [Summary.of(*item) for item in arrays.items()]) for name, arrays in groups]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = (
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(["  " + first, *rest])
