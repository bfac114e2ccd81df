"""Program: a trained model, preprocessing included, as a short list of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from clearprop.computed_once import cached_property
from clearprop.errors import DataError
from clearprop.program.inputs import Cell, Numbers
from clearprop.program.step import Array, Step


@dataclass(frozen=True, eq=False)
class Program:
    """From cells to an answer.

    Parameters
    ----------
    values : Step
        The numbers of the answer: a probability for each class or label, or what is predicted.
    names : tuple of str
        A name for each column of the values.
    decision : Step or None
        The class, or which labels, that follow from the values; None where the numbers are the answer.
    """

    values: Step
    names: tuple[str, ...]
    decision: Step | None = None

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps, each after its operands."""
        found: dict[int, Step] = {}

        def visit(step: Step) -> None:
            if id(step) not in found:
                for operand in step.operands:
                    visit(operand)
                found[id(step)] = step

        for last in (self.values, self.decision):
            if last is not None:
                visit(last)
        return tuple(found.values())

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The columns it reads; none where it takes a row of numbers."""
        return tuple(step for step in self.steps if isinstance(step, Cell))

    @property
    def numbers(self) -> Numbers | None:
        """The row of numbers it takes; None where it reads columns."""
        return next((step for step in self.steps if isinstance(step, Numbers)), None)

    def place(self, step: Step) -> int:
        """Return the index of a step in `steps`: its name in what a scribe writes."""
        return self._places[id(step)]

    def run(self, data: Mapping[str, ArrayLike] | ArrayLike) -> tuple[Array, Array | None]:
        """Compute values (n_rows, width) and decision (n_rows, width or 1) with NumPy.

        Parameters
        ----------
        data : mapping of column names to arrays (n_rows,), or array (n_rows, n_numbers)

        Raises
        ------
        DataError
            If a column is missing.
        """
        made = self.run_all(data)
        decision = None if self.decision is None else made[self.place(self.decision)]
        return made[self.place(self.values)], decision

    def run_all(self, data: Mapping[str, ArrayLike] | ArrayLike) -> list[Array]:
        """Compute the value of every step, in the order of `steps`."""
        made: list[Array] = []
        with np.errstate(over="ignore", under="ignore"):  # what overflows is clipped, or infinite
            for step in self.steps:
                operands = [made[self.place(operand)] for operand in step.operands] or [self._given(step, data)]
                made.append(step.run(*operands))
        return made

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(step): place for place, step in enumerate(self.steps)}

    def _given(self, step: Step, data: Any) -> Any:
        if not isinstance(step, Cell):
            return data
        if step.name not in data:
            raise DataError(f'the data have no column "{step.name}"; the program reads {self._named()}.')
        return data[step.name]

    def _named(self) -> str:
        return ", ".join(f'"{cell.name}"' for cell in self.cells)
