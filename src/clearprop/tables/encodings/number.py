"""Numbers: missing ones imputed, all scaled, with an indicator where any was missing."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from clearprop.equations.units import median
from clearprop.program import Cell, Fill, Missing, Step
from clearprop.tables.columns.column import Column
from clearprop.tables.encodings.scaling import Scaling
from clearprop.tables.encodings.strict import Array, Strict, indicator_name, with_indicator

IMPUTE = ("median", "mean")


class NumberEncoding(Strict):
    """How one column of numbers is encoded."""

    kind: Literal["number"] = "number"
    reads: ClassVar[Literal["number"]] = "number"  # the kind of its cells
    name: str
    format: str
    fill: float
    scaling: Scaling
    indicator: bool

    @classmethod
    def learn(cls, column: Column, impute: str) -> NumberEncoding:
        """Learn from the training rows; at least one cell is not missing."""
        x = column.values[~column.missing]
        return cls(
            name=column.name,
            format=column.format,
            fill=median(x) if impute == "median" else float(x.mean()),
            scaling=Scaling.learn(x),
            indicator=len(x) < len(column),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers that one cell becomes."""
        return (self.name, indicator_name(self.name)) if self.indicator else (self.name,)

    def encode(self, column: Column) -> Array:
        """Return the numbers (n_rows, len(names))."""
        missing = column.missing
        x = np.where(missing, self.fill, column.values)
        return with_indicator([self.scaling(x)], missing, self.indicator)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps that make the numbers, one for each of `names`."""
        cell = Cell(self.name, "number")
        return self.steps_of(cell, Fill(cell, self.fill))

    def steps_of(self, cell: Step, filled: Step) -> tuple[Step, ...]:
        """Return the steps that make the numbers of a cell, and of the cell with its gaps filled."""
        return (self.scaling.step(filled), *([Missing(cell)] if self.indicator else []))
