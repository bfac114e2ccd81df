"""A worksheet: one small network, some rows, and which of its numbers are left blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.engines.tracing import trace
from clearprop.errors import UsageError, unknown_name
from clearprop.explain.derivation import Derivation, derive
from clearprop.model import Network, Parameters, Trace

Array = NDArray[Any]

DECIMALS = 3
"""No number of a sheet needs more."""
QUANTITIES = ("z", "a", "delta", "dW", "db")


@dataclass(frozen=True)
class Cell:
    """One number to fill in: which matrix of the sheet, and where in it, as it is printed.

    Attributes
    ----------
    quantity : str
        "delta1", "dW2" ...
    row, column : int
        1 for the first, in the orientation of the notation.
    """

    quantity: str
    row: int
    column: int

    @property
    def name(self) -> str:
        """As the head of a table of answers has it: ``dW2[1,3]``."""
        return f"{self.quantity}[{self.row},{self.column}]"


@dataclass(frozen=True, eq=False)
class Sheet:
    """A worksheet.

    Attributes
    ----------
    network : Network
    parameters : Parameters
    X, Y : array
    notation : str
    blanks : tuple of str
        Quantities such as "delta1", in the order in which they are computed.
    seed : int
        What it was drawn from.
    """

    network: Network
    parameters: Parameters
    X: Array
    Y: Array
    notation: str
    blanks: tuple[str, ...]
    seed: int

    @cached_property
    def trace(self) -> Trace:
        """The right numbers, as clearprop has them."""
        return trace(self.network, self.parameters, self.X, self.Y)

    @cached_property
    def arrays(self) -> Mapping[str, Array]:
        """The arrays of the trace, by name."""
        return self.trace.arrays()

    @cached_property
    def derivation(self) -> Derivation:
        """The equations, in the sheet's notation."""
        return _derived(self.network, self.notation)

    @property
    def columns(self) -> bool:
        """Whether samples are columns."""
        return self.derivation.orientation != "Rows"

    @cached_property
    def solution(self) -> dict[str, Array]:
        """Every matrix of the sheet as it is printed."""
        return self.printed(self.arrays, scaled=self.trace.scales)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The numbers to fill in, row by row."""
        return tuple(
            Cell(name, i + 1, j + 1) for name in self.blanks for i, j in np.ndindex(*self.solution[name].shape)
        )

    def printed(self, arrays: Any, scaled: Array) -> dict[str, Array]:
        """Return arrays of clearprop as the notation has them: as they lie, and without 1/m in δ where it has none.

        Parameters
        ----------
        arrays : mapping of str to array
        scaled : array (batch,)
            The factor that each row has in the deltas that are given.
        """
        layers = range(1, self.network.L + 1)
        names = {f"{q}{l}": q for q in (*QUANTITIES, "W", "b") for l in layers} | {"a0": "a", "Y": "Y"}
        return {name: self._lain(q, arrays[name], scaled) for name, q in names.items() if name in arrays}

    def _lain(self, quantity: str, array: Array, scaled: Array) -> Array:
        if quantity == "delta" and not self.derivation.scales_delta:
            array = array / scaled[:, None]
        if array.ndim == 1:
            return array[:, None] if self.columns else array[None, :]
        return array.T if self.columns else array

    def value(self, cell: Cell) -> float:
        """Return the right number of a cell."""
        return float(self.solution[cell.quantity][cell.row - 1, cell.column - 1])

    def place(self, cell: Cell) -> tuple[int, int]:
        """Return where clearprop's array has a cell: (row, unit), or (input, unit)."""
        i, j = cell.row - 1, cell.column - 1
        return (j, i) if self.columns else (i, j)


@lru_cache(maxsize=16)
def _derived(network: Network, notation: str) -> Derivation:
    return derive(network, notation)


def quantities(L: int) -> dict[str, tuple[str, int]]:
    """Return quantity and layer of every name, such as "dW2", in the order of the computation."""
    forward = {f"{q}{l}": (q, l) for l in range(1, L + 1) for q in ("z", "a")}
    return forward | {f"{q}{l}": (q, l) for l in range(L, 0, -1) for q in ("delta", "dW", "db")}


def blanks_of(names: Sequence[str], L: int) -> tuple[str, ...]:
    """Return the quantities named, "delta" standing for those of every layer, in the order of the computation.

    Raises
    ------
    UsageError
        If one is unknown, or there is none.
    """
    every = quantities(L)
    wanted: set[str] = set()
    for name in names:
        found = [one for one, (quantity, _) in every.items() if name in (one, quantity)]
        if not found:
            raise unknown_name("blank", name, [*QUANTITIES, *every])
        wanted.update(found)
    if not wanted:
        raise UsageError("there is nothing to fill in; name some of z, a, delta, dW, db.")
    return tuple(name for name in every if name in wanted)
