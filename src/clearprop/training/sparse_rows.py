"""SparseRows: rows whose inputs are mostly zeros, made dense some at a time, just before they are computed with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.engines import Order
from clearprop.training.rows import BLOCK_ROWS, Array, Rows, one_after_the_other

DENSE_BYTES = 1 << 26
"""Memory that rows made dense may take; a single batch may take more."""


@dataclass(frozen=True, eq=False)
class SparseRows(Rows):
    """Rows whose X is a SciPy matrix or array in CSR.

    Parameters
    ----------
    as_they_are : bool
        Whether whoever takes the steps does so on rows in CSR.
    """

    X: Any
    as_they_are: bool = False

    def in_memory(self) -> Rows:
        """Return all of them with a dense X."""
        return Rows(self.X.toarray(), self.Y, self.weights)

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Rows]:
        """Yield all rows in memory, at most so many at a time, and no more than fit."""
        return super().blocks(min(size, rows_at_once(self.X)))

    def for_steps(self, order: Order) -> tuple[Rows, Order]:
        """Return the rows of the first steps, as many as fit, and the order that takes them one after the other."""
        if self.as_they_are:
            return self, order
        last = int(np.searchsorted(order.cuts, order.cuts[0] + rows_at_once(self.X), side="right")) - 1
        first = order.steps(0, max(last, 1))
        return self.take(first.rows).in_memory(), one_after_the_other(first)


def rows_at_once(X: Any) -> int:
    """Return how many rows of a sparse X may be dense at a time."""
    return max(1, DENSE_BYTES // max(1, int(X.shape[1]) * int(X.dtype.itemsize)))


def dense_blocks(X: Any) -> Iterator[Array]:
    """Yield all rows of a sparse X as arrays, as many at a time as may be dense."""
    size = rows_at_once(X)
    for start in range(0, max(X.shape[0], 1), size):
        yield X[start : start + size].toarray()
