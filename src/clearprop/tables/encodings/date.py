"""Dates and times: the moment as a scaled number, and the cycles of year, week and day as sine and cosine."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from clearprop.equations.units import median
from clearprop.program import Cell, Cosine, Fill, Missing, Sine, Step, Turn
from clearprop.tables.columns.column import Column
from clearprop.tables.encodings.scaling import Scaling
from clearprop.tables.encodings.strict import Array, Strict, indicator_name, with_indicator

_DAY = 86400.0
_PERIODS = {"year": 365.2425 * _DAY, "week": 7 * _DAY, "day": _DAY}
_STARTS = {"year": 0.0, "week": 3 * _DAY, "day": 0.0}  # 1 January 1970 was a Thursday, three days into its week

Cycle = Literal["year", "week", "day"]


class DateEncoding(Strict):
    """How one column of dates is encoded."""

    kind: Literal["date"] = "date"
    reads: ClassVar[Literal["date"]] = "date"  # the kind of its cells
    name: str
    format: str
    fill: float
    scaling: Scaling
    cycles: tuple[Cycle, ...]
    indicator: bool

    @classmethod
    def learn(cls, column: Column) -> DateEncoding:
        """Learn from the training rows; at least one cell is not missing."""
        seconds = column.values[~column.missing]
        return cls(
            name=column.name,
            format=column.format,
            fill=median(seconds),
            scaling=Scaling.learn(seconds),
            cycles=_cycles(seconds),
            indicator=len(seconds) < len(column),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers that one cell becomes."""
        turns = [f"{self.name} {cycle} {wave}" for cycle in self.cycles for wave in ("sine", "cosine")]
        return (self.name, *turns, *([indicator_name(self.name)] if self.indicator else []))

    def encode(self, column: Column) -> Array:
        """Return the numbers (n_rows, len(names))."""
        seconds = np.where(column.missing, self.fill, column.values)
        parts = [self.scaling(seconds)]
        for cycle in self.cycles:
            angle = 2 * np.pi * np.mod(seconds + _STARTS[cycle], _PERIODS[cycle]) / _PERIODS[cycle]
            parts += [np.sin(angle), np.cos(angle)]
        return with_indicator(parts, column.missing, self.indicator)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps that make the numbers, one for each of `names`."""
        cell = Cell(self.name, "date")
        return self.steps_of(cell, Fill(cell, self.fill))

    def steps_of(self, cell: Step, filled: Step) -> tuple[Step, ...]:
        """Return the steps that make the numbers of a cell, and of the cell with its gaps filled."""
        turns = [Turn(filled, _STARTS[cycle], _PERIODS[cycle]) for cycle in self.cycles]
        waves = [wave for angle in turns for wave in (Sine(angle), Cosine(angle))]
        return (self.scaling.step(filled), *waves, *([Missing(cell)] if self.indicator else []))


def _cycles(seconds: Array) -> tuple[Cycle, ...]:
    """Take the cycles the training rows have seen whole: a year, two weeks; the day where the clock varies."""
    span = float(np.ptp(seconds))
    of_day = np.mod(seconds, _DAY)
    seen: dict[Cycle, bool] = {
        "year": span >= _PERIODS["year"],
        "week": span >= 2 * _PERIODS["week"],
        "day": float(np.ptp(of_day)) > 0,
    }
    return tuple(cycle for cycle, whole in seen.items() if whole)
