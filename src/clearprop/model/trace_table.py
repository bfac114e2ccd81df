"""Arrays as a table: shape, smallest, root mean square, largest and share of zeros of each (as in rnet)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.cells import Table, number

Groups = Iterable[tuple[str, Mapping[str, NDArray[Any]]]]
"""Titles, and arrays by name."""

HEAD = ("array", "shape", "min", "rms", "max", "zeros")


@dataclass(frozen=True)
class Summary:
    """One array in six words."""

    name: str
    shape: str
    smallest: str
    rms: str
    largest: str
    zeros: str

    @classmethod
    def of(cls, name: str, array: NDArray[Any]) -> Summary:
        """Sum up an array; one that is not finite shows nan or inf."""
        shape = " × ".join(map(str, array.shape))
        if array.size == 0:
            return cls(name, shape, "", "", "", "")
        with np.errstate(over="ignore", invalid="ignore"):
            rms = float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))
        zeros = f"{np.mean(array == 0):.0%}"
        return cls(name, shape, number(array.min()), number(rms), number(array.max()), zeros)

    @property
    def cells(self) -> tuple[str, ...]:
        """The words, in the order of `HEAD`."""
        return (self.name, self.shape, self.smallest, self.rms, self.largest, self.zeros)


def table_of(groups: Groups) -> Table:
    """Return the arrays of every group, summed up."""
    rows = [(name, [Summary.of(*item).cells for item in arrays.items()]) for name, arrays in groups]
    return Table(HEAD, rows)
