"""Cells that are already Python or NumPy values: from them to a column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.columns.column import Column, category
from clearprop.tables.columns.spellings import NA, is_missing
from clearprop.tables.sources.staged import Rules, read_labels


def from_array(name: str, array: NDArray[Any], rules: Rules) -> tuple[Column, list[str]]:
    """Return the column of a NumPy array (n_rows,)."""
    kind = array.dtype.kind
    if rules.kinds.get(name) == "category" and kind in "biuf":
        return category(name, [_as_label(cell) for cell in array.tolist()]), []
    if kind == "b":
        return Column(name, "boolean", array.astype(np.float64), (False, True)), []
    if kind in "iuf":
        return Column(name, "number", array.astype(np.float64), integer=kind != "f"), []
    if kind == "M":
        return Column(name, "date", _seconds(array)), []
    if kind == "m":
        return Column(name, "number", _seconds(array)), []
    cells = np.char.decode(array, "utf-8", "replace") if kind == "S" else array
    return from_objects(name, cells.tolist(), rules)


def from_objects(name: str, cells: Sequence[Any], rules: Rules) -> tuple[Column, list[str]]:
    """Return the column of Python objects; strings are read as text from a file is."""
    cells = [None if is_missing(cell) else cell for cell in cells]
    present = [cell for cell in cells if cell is not None]
    if not present:
        return Column(name, "number", np.full(len(cells), np.nan)), []
    if all(isinstance(cell, bool | np.bool_) for cell in present):
        return Column(name, "boolean", _floats(cells), (False, True)), []
    if all(isinstance(cell, Real | Decimal) and not isinstance(cell, bool) for cell in present):
        whole = all(isinstance(cell, Integral) for cell in present)
        return Column(name, "number", _floats(cells), integer=whole), []
    if all(isinstance(cell, date) for cell in present):
        return Column(name, "date", _seconds(np.array([_naive(cell) for cell in cells], dtype="datetime64[us]"))), []
    if all(isinstance(cell, timedelta) for cell in present):
        return Column(name, "number", _seconds(np.array(cells, dtype="timedelta64[us]"))), []
    return from_text(name, [None if cell is None else str(cell) for cell in cells], rules)


def from_text(name: str, cells: Sequence[str | None], rules: Rules) -> tuple[Column, list[str]]:
    """Return the column of text cells; None is a missing one."""
    return read_labels(category(name, [_clean(cell, rules) for cell in cells]), rules)


def from_codes(name: str, codes: NDArray[Any], labels: Sequence[Any]) -> Column:
    """Return the column of a categorical array, whose labels stay as they are."""
    kept = tuple(label.item() if isinstance(label, np.generic) else label for label in labels)
    return Column(name, "category", codes.astype(np.int32), kept)


def _clean(cell: str | None, rules: Rules) -> str | None:
    stripped = "" if cell is None else cell.strip()
    return None if stripped in NA or stripped in rules.na else stripped


def _as_label(cell: Any) -> str | None:
    if cell != cell:
        return None
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _naive(moment: Any) -> Any:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return moment


def _floats(cells: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([np.nan if cell is None else _as_float(cell) for cell in cells])


def _as_float(cell: Any) -> float:
    """Return the nearest number; an infinite one stands for a whole number that is too large to be one."""
    try:
        return float(cell)
    except OverflowError:
        return float("inf") if cell > 0 else float("-inf")


def _seconds(array: NDArray[Any]) -> NDArray[np.float64]:
    """Return seconds, since 1970 for moments; NaN where NaT."""
    in_microseconds = array.astype(f"{array.dtype.kind}8[us]")
    seconds = in_microseconds.astype(np.int64) / 1e6
    return np.where(np.isnat(in_microseconds), np.nan, seconds)
