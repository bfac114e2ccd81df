"""A trace as a table: shape, smallest, root mean square, largest and share of zeros of every array (as in rnet)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from clearprop.model.trace import Trace

HEAD = ("array", "shape", "min", "rms", "max", "zeros")
_OF_LAYER = ("W", "b", "z", "a", "delta", "dW", "db")

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
        return cls(name, shape, _short(array.min()), _short(rms), _short(array.max()), zeros)

    @property
    def cells(self) -> tuple[str, ...]:
        """The words, in the order of `HEAD`."""
        return (self.name, self.shape, self.smallest, self.rms, self.largest, self.zeros)


def layers(trace: Trace) -> Iterator[tuple[str, list[Summary]]]:
    """Yield a title and the summaries of the input, of every layer, and of the loss."""
    network, arrays = trace.network, trace.arrays()
    yield "input", [Summary.of(name, arrays[name]) for name in ("X", "a0", "Y") if name in arrays]
    for l, layer in enumerate(network.layers, start=1):
        dropped = f", dropout {layer.dropout:g} of its input" if layer.dropout else ""
        title = f"layer {l}: {network.sizes[l - 1]} → {layer.units}, {layer.activation}{dropped}"
        names = ([f"mask{l - 1}"] if layer.dropout else []) + [f"{kind}{l}" for kind in _OF_LAYER]
        yield title, [Summary.of(name, arrays[name]) for name in names if name in arrays]
    embedded = [name for name in arrays if name[0] == "E" or name.startswith("dE")]
    if embedded:
        yield "embeddings", [Summary.of(name, arrays[name]) for name in embedded]
    yield "loss", [Summary.of("losses", trace.losses)]


def title(trace: Trace) -> str:
    """Return the first line: what was traced, and J."""
    sizes = " – ".join(map(str, trace.network.sizes))
    objective = f"J = {_short(trace.J)} = D {_short(trace.D)} + R {_short(trace.R)}"
    rows = "1 row" if len(trace.X) == 1 else f"{len(trace.X)} rows"
    return f"Trace of {rows} through {sizes}: {objective}"


def text(trace: Trace) -> str:
    """Return the trace as lines of text, one table per layer."""
    tables = list(layers(trace))
    cells = [HEAD, *(summary.cells for _, summaries in tables for summary in summaries)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    lines = [title(trace), "", _line(HEAD, widths)]
    for name, summaries in tables:
        lines += ["", name, *(_line(summary.cells, widths) for summary in summaries)]
    return "\n".join(lines)


def html(trace: Trace) -> str:
    """Return the trace as a table for a notebook."""
    rows = []
    for name, summaries in layers(trace):
        rows.append(f'<tr><th colspan="{len(HEAD)}">{escape(name)}</th></tr>')
        rows += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in summary.cells) + "</tr>" for summary in summaries]
    head = "".join(f"<th>{word}</th>" for word in HEAD)
    return _HTML.format(title=escape(title(trace)), head=head, rows="".join(rows))


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = (
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(["  " + first, *rest])


def _short(value: float) -> str:
    return f"{float(value):.4g}".replace("-", "−")
