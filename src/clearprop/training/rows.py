"""Rows: what a network is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from clearprop.engines import Order
from clearprop.equations.targets import check_targets
from clearprop.equations.weights import in_precision
from clearprop.errors import DataError
from clearprop.model import Network

Array = NDArray[Any]

BLOCK_ROWS = 1 << 16


@dataclass(frozen=True, eq=False)
class Rows:
    """Inputs, targets and weights of the same rows, in memory.

    Rows of another kind, in a file or sparse, are a subclass. Whoever computes asks for them by `in_memory`, `blocks`
    or `for_steps`, and is given arrays.

    Parameters
    ----------
    X : array (n_rows, n_columns)
    Y : array (n_rows, n_out) or integer array (n_rows,) of class indices
    weights : array (n_rows,) or None
        None stands for all ones.
    """

    X: Array
    Y: Array
    weights: Array | None = None

    def __len__(self) -> int:
        return int(self.X.shape[0])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of X."""
        dtype: np.dtype[Any] = self.X.dtype
        return dtype

    def take(self, rows: Array | slice) -> Rows:
        """Return some of the rows."""
        return replace(
            self, X=self.X[rows], Y=self.Y[rows], weights=None if self.weights is None else self.weights[rows]
        )

    def in_memory(self) -> Rows:
        """Return the rows as arrays."""
        return self

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Rows]:
        """Yield all rows in memory, at most so many at a time; of no rows, one block without any."""
        if len(self) <= size:
            yield self.in_memory()
            return
        for start in range(0, len(self), size):
            yield self.take(slice(start, start + size)).in_memory()

    def for_steps(self, order: Order) -> tuple[Rows, Order]:
        """Return rows in memory and an order of them, under which an engine takes the steps of the order given.

        All of them, or the first ones, where the rows of all would take too much memory.
        """
        return self, order

    def in_float64(self) -> Rows:
        """Return the rows in memory and in float64; class indices stay what they are."""
        return self.astype(np.float64)

    def astype(self, dtype: DTypeLike) -> Rows:
        """Return the rows in memory and in some precision; class indices stay what they are."""
        rows = self.in_memory()
        Y = rows.Y if rows.Y.dtype.kind == "i" else rows.Y.astype(dtype, copy=False)
        weights = None if rows.weights is None else rows.weights.astype(dtype, copy=False)
        return Rows(rows.X.astype(dtype, copy=False), Y, weights)


def one_after_the_other(order: Order) -> Order:
    """Return the order of the same steps over rows that were taken in the order's own."""
    return Order(np.arange(len(order.rows)), order.cuts)


def check_rows(rows: Rows, network: Network) -> None:
    """Check that every number is finite and every target one the loss has a meaning for.

    Raises
    ------
    DataError
        Naming the first offending row and column.
    """
    if len(rows) == 0:
        raise DataError("there are no rows to train on; at least one is needed.")
    if len(rows.Y) != len(rows) or (rows.weights is not None and rows.weights.shape != (len(rows),)):
        raise DataError(f"X has {len(rows)} rows; Y and weights must have as many.")
    first = 0
    for block in rows.blocks():
        _check_inputs(block.X, first)
        first += len(block)
    if rows.weights is not None and not (np.isfinite(rows.weights).all() and (rows.weights >= 0).all()):
        row = int(np.argmin(np.isfinite(rows.weights) & (rows.weights >= 0)))
        raise DataError(f"weights must be finite and 0 or more; row {row} has {rows.weights[row]}.")
    if rows.weights is not None:
        in_precision(rows.weights, rows.weights.dtype, "the weight")
    check_targets(rows.Y, network.objective.loss, network.n_out)


def _check_inputs(X: Array, first: int) -> None:
    finite = np.isfinite(X)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise DataError(f"X must be finite; row {first + row}, column {column} holds {X[row, column]}.")
