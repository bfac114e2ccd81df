"""Booleans: 0 and 1; a missing one becomes the share of 1 among the training rows."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from clearprop.program import Cell, Fill, Missing, Step
from clearprop.tables.columns.column import Column
from clearprop.tables.encodings.strict import Array, Strict, indicator_name, with_indicator


class BooleanEncoding(Strict):
    """How one column of booleans is encoded."""

    kind: Literal["boolean"] = "boolean"
    reads: ClassVar[str] = "boolean"  # the kind of its cells
    name: str
    labels: tuple[str, str]
    fill: float = Field(ge=0, le=1)
    indicator: bool

    @classmethod
    def learn(cls, column: Column) -> BooleanEncoding:
        """Learn from the training rows; at least one cell is not missing."""
        x = column.values[~column.missing]
        false, true = (str(label) for label in column.labels)
        return cls(name=column.name, labels=(false, true), fill=float(x.mean()), indicator=len(x) < len(column))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers that one cell becomes."""
        return (self.name, indicator_name(self.name)) if self.indicator else (self.name,)

    def encode(self, column: Column) -> Array:
        """Return the numbers (n_rows, len(names))."""
        x = np.where(column.missing, self.fill, column.values)
        return with_indicator([x], column.missing, self.indicator)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps that make the numbers, one for each of `names`."""
        cell = Cell(self.name, "boolean")
        return (Fill(cell, self.fill), *([Missing(cell)] if self.indicator else []))
