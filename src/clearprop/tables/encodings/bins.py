"""Numbers and moments bin by bin: a place in a row of bins, which enters the network as a staircase with slopes.

A number x in bin b is (1, ..., 1, t, 0, ..., 0): 1 for every bin below, and t = (x − lower edge) / (width of the bin)
for its own (Gorishniy et al. 2022). A layer above is then linear in x bin by bin. X has one column for all of them, the
place b + t, and the stage `clearprop.equations.stages.Staircase` makes the others. The scaled number stands beside it,
so that what lies beyond the outermost edges is told apart too.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from clearprop.equations.stages import Staircase
from clearprop.program import Cell, Fill, InBins, Step
from clearprop.tables.columns.column import Column
from clearprop.tables.encodings.binned import FEWEST_BINS, Binned
from clearprop.tables.encodings.date import DateEncoding
from clearprop.tables.encodings.number import NumberEncoding
from clearprop.tables.encodings.strict import Array, place_name

BINS_OF_MOMENTS = 12
"""Times as many bins for moments as for numbers: what a moment stands for changes with it more often than once."""
ROWS_OF_A_MOMENT = 16
"""Rows that a bin of moments holds at least."""


class BinsEncoding(Binned):
    """How one column of numbers or moments is encoded: as it would be without bins, and by its place among them.

    Attributes
    ----------
    beside : NumberEncoding or DateEncoding
    """

    kind: Literal["bins"] = "bins"
    beside: Annotated[NumberEncoding | DateEncoding, Field(discriminator="kind")]

    @property
    def reads(self) -> str:
        """The kind of its cells."""
        return self.beside.reads

    @property
    def plain(self) -> NumberEncoding | DateEncoding:
        return self.beside

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers that one cell becomes, the place apart."""
        return self.beside.names

    @property
    def place_name(self) -> str:
        """Name of the place."""
        return place_name(self.name)

    @property
    def bin_names(self) -> tuple[str, ...]:
        """Names of the bins."""
        write = _moment if self.reads == "date" else "{:.6g}".format
        return tuple(f"{self.name}, {write(low)} to {write(high)}" for low, high in pairwise(self.edges))

    @property
    def stage(self) -> Staircase:
        """What makes columns of a[0] of the place."""
        return Staircase(len(self.edges) - 1)

    def encode(self, column: Column) -> Array:
        """Return the numbers (n_rows, len(names)), the place apart."""
        return self.beside.encode(column)

    def place(self, column: Column) -> Array:
        """Return the place of each cell among the bins, (n_rows,)."""
        x = np.where(column.missing, self.fill, column.values)
        return InBins(Cell(self.name, self.beside.reads), self.edges).run(x)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps that make the numbers, one for each of `names`, and as the last the one of the place."""
        cell = Cell(self.name, self.beside.reads)
        x = Fill(cell, self.fill)
        return (*self.beside.steps_of(cell, x), InBins(x, self.edges))


def by_bins(
    column: Column, beside: NumberEncoding | DateEncoding, n_bins: int
) -> BinsEncoding | NumberEncoding | DateEncoding:
    """Learn bins that hold a like share of the training rows; where there are too few, none.

    Parameters
    ----------
    n_bins : int
        At most; moments have `BINS_OF_MOMENTS` times as many, if each has some rows.
    """
    known = column.values[~column.missing]
    if isinstance(beside, DateEncoding):
        n_bins = max(n_bins, min(BINS_OF_MOMENTS * n_bins, len(known) // ROWS_OF_A_MOMENT))
    edges = np.unique(np.quantile(known, np.linspace(0, 1, n_bins + 1), method="inverted_cdf"))
    edges = edges[np.concatenate([[True], np.diff(edges) > np.finfo(np.float64).tiny])]
    if len(edges) <= FEWEST_BINS or not np.isfinite(np.diff(edges)).all():
        return beside
    return BinsEncoding(beside=beside, edges=tuple(edges.tolist()))


def _moment(seconds: float) -> str:
    return str(np.datetime64(round(seconds), "s")).replace("T00:00:00", "").replace("T", " ")
