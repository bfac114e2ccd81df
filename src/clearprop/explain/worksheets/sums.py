"""The sum behind a number of a worksheet, written out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numpy.typing import NDArray

from clearprop.explain.worksheets.sheet import DECIMALS, Cell, Sheet, quantities
from clearprop.model import Trace

Array = NDArray[Any]


def sum_of(sheet: Sheet, cell: Cell) -> str:
    """Return how a number of a sheet comes about, such as ``2 · 0.5 + (−1) · 1.5 = −0.5``."""
    quantity, l = quantities(sheet.network.L)[cell.quantity]
    i, j = sheet.place(cell)
    written = _RULES[quantity](sheet, l, i, j)
    return f"{written} = {number(sheet.value(cell))}"


def number(value: float) -> str:
    """Return a number as it is written by hand: at most three decimals, a real minus sign."""
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "−")


def _products(left: Iterable[float], right: Iterable[float]) -> str:
    return " + ".join(f"{_signed(x, k == 0)} · {_signed(w)}" for k, (x, w) in enumerate(zip(left, right, strict=True)))


def _signed(value: float, first: bool = False) -> str:
    return number(value) if first or value >= 0 else f"({number(value)})"


def _array(trace: Trace, name: str) -> Array:
    return trace[name]


def _z(sheet: Sheet, l: int, n: int, k: int) -> str:
    t = sheet.trace
    return f"{_products(t.a[l - 1][n], t.parameters[f'W{l}'][:, k])} + {_signed(float(t.parameters[f'b{l}'][k]))}"


def _a(sheet: Sheet, l: int, n: int, k: int) -> str:
    z = number(float(_array(sheet.trace, f"z{l}")[n, k]))
    return f"{sheet.network.layers[l - 1].activation}({z})" if l < sheet.network.L else z


def _delta(sheet: Sheet, l: int, n: int, k: int) -> str:
    t, L = sheet.trace, sheet.network.L
    if l == L:
        error = f"{number(float(t.a[L][n, k]))} − {_signed(float(t.Y[n, k]))}"
        return f"({error}) / {len(t.X)}" if sheet.derivation.scales_delta and len(t.X) > 1 else error
    above = _shown_delta(sheet, l + 1)
    slope = 1 if _array(t, f"z{l}")[n, k] > 0 else 0
    return f"({_products(above[n], t.parameters[f'W{l + 1}'][k])}) · {slope}"


def _shown_delta(sheet: Sheet, l: int) -> Array:
    """Return delta[l] (batch, units) as the sheet has it, with or without 1/m."""
    delta = sheet.solution[f"delta{l}"]
    return delta.T if sheet.columns else delta


def _over_rows(sheet: Sheet, written: str) -> str:
    m = len(sheet.trace.X)
    return f"({written}) / {m}" if not sheet.derivation.scales_delta and m > 1 else written


def _dW(sheet: Sheet, l: int, i: int, k: int) -> str:
    return _over_rows(sheet, _products(sheet.trace.a[l - 1][:, i], _shown_delta(sheet, l)[:, k]))


def _db(sheet: Sheet, l: int, _: int, k: int) -> str:
    deltas = _shown_delta(sheet, l)[:, k]
    return _over_rows(sheet, " + ".join(_signed(float(d), n == 0) for n, d in enumerate(deltas)))


_RULES = {"z": _z, "a": _a, "delta": _delta, "dW": _dW, "db": _db}
