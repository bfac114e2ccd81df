"""Numbers bin by bin as model files before schema 1.5 hold them: one column of X per bin; see `bins` for today's."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np

from clearprop.program import Cell, Clip, Fill, Standardise, Step
from clearprop.tables.columns.column import Column
from clearprop.tables.encodings.binned import Binned
from clearprop.tables.encodings.number import NumberEncoding
from clearprop.tables.encodings.strict import Array


class PiecewiseEncoding(Binned):
    """How one column of numbers is encoded: as by `number`, and bin by bin.

    Attributes
    ----------
    number : NumberEncoding
    """

    kind: Literal["piecewise"] = "piecewise"
    reads: ClassVar[str] = "number"  # the kind of its cells
    number: NumberEncoding

    @property
    def plain(self) -> NumberEncoding:
        return self.number

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers that one cell becomes."""
        return (*self.number.names, *(f"{self.name}, {low:.6g} to {high:.6g}" for low, high in pairwise(self.edges)))

    def encode(self, column: Column) -> Array:
        """Return the numbers (n_rows, len(names))."""
        x = np.where(column.missing, self.fill, column.values)[:, None]
        edges = np.array(self.edges)
        with np.errstate(over="ignore"):  # what overflows is clipped
            rises = np.clip((x - edges[:-1]) / np.diff(edges), 0.0, 1.0)
        return np.hstack([self.number.encode(column), rises])

    def steps(self) -> tuple[Step, ...]:
        """Return the steps that make the numbers, one for each of `names`."""
        cell = Cell(self.name, "number")
        x = Fill(cell, self.fill)
        rises = (Clip(Standardise(x, low, high - low), 0.0, 1.0) for low, high in pairwise(self.edges))
        return (*self.number.steps_of(cell, x), *rises)
