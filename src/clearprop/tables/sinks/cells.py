"""Cells as they are written into text."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # a tab and a line end aside, which CSV can hold


def as_written(values: NDArray[Any]) -> list[Any]:
    """Return an array's cells as Python's own; the text of a number is the shortest that reads back to the same.

    A float32 is written as one: 0.1, where the float64 nearest to it would be 0.10000000149011612.
    """
    if values.dtype.kind == "f" and values.dtype.itemsize < 8:
        values = values.astype(str).astype(np.float64)
    cells: list[Any] = values.tolist()
    return cells


def without_escapes(text: str) -> str:
    r"""Return text with its control characters spelled out, as "\x1b": a terminal that shows it must not obey it."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
