"""What a program is given: the cells of one column each, or one row of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from clearprop.errors import UsageError
from clearprop.program.step import Array, Kind, Step

Holds = Literal["number", "boolean", "date", "text"]


@dataclass(frozen=True, eq=False)
class Cell(Step):
    """One column of a table.

    Parameters
    ----------
    name : str
    holds : {"number", "boolean", "date", "text"}
        Numbers as they are, 0 or 1, seconds since 1970 (UTC), or clean text. NaN is a missing number; None, NaN and
        the empty text are missing text.
    """

    name: str
    holds: Holds

    @property
    def width(self) -> int:
        return 1

    @property
    def kind(self) -> Kind:
        return "text" if self.holds == "text" else "float64"

    def run(self, *values: Array) -> Array:
        (column,) = values
        if self.holds != "text":
            return np.asarray(column, dtype=np.float64).reshape(-1, 1)
        return np.array([clean(cell) for cell in np.ravel(column).tolist()], dtype=object).reshape(-1, 1)


@dataclass(frozen=True, eq=False)
class Numbers(Step):
    """A row of numbers, given as one array (n_rows, width) in the network's own precision."""

    names: tuple[str, ...]
    precision: Literal["float64", "float32"]

    @property
    def width(self) -> int:
        return len(self.names)

    @property
    def kind(self) -> Kind:
        return self.precision

    def run(self, *values: Array) -> Array:
        rows = np.asarray(values[0], dtype=self.precision)
        if rows.ndim != 2 or rows.shape[1] != self.width:
            raise UsageError(f"X must have shape (n_rows, {self.width}), got {rows.shape}; rows are samples.")
        return rows


def clean(cell: Any) -> str:
    """Return a cell of text; what is missing becomes the empty text."""
    return "" if cell is None or cell != cell else str(cell)
