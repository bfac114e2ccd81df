"""Rows: what a network is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import Order
from clearprop.equations.targets import check_targets
from clearprop.errors import DataError
from clearprop.model import Network

Array = NDArray[Any]

CHUNK = 1 << 16  # rows


@dataclass(frozen=True, eq=False)
class Rows:
    """Inputs, targets and weights of the same rows.

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
        return len(self.X)

    def take(self, rows: Array | slice) -> Rows:
        """Return some of the rows."""
        return Rows(self.X[rows], self.Y[rows], None if self.weights is None else self.weights[rows])

    def chunks(self, size: int = CHUNK) -> Iterator[Rows]:
        """Yield all rows, so many at a time."""
        for start in range(0, len(self), size):
            yield self.take(slice(start, start + size))

    def in_float64(self) -> Rows:
        """Return the rows in float64; class indices stay what they are."""
        Y = self.Y if self.Y.dtype.kind == "i" else self.Y.astype(np.float64)
        weights = None if self.weights is None else self.weights.astype(np.float64)
        return Rows(self.X.astype(np.float64, copy=False), Y, weights)

    def for_steps(self, order: Order) -> tuple[Rows, Order]:
        """Return rows and an order of them under which an engine takes the steps of the order given."""
        return self, order


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
    for k, chunk in enumerate(rows.chunks()):
        _check_inputs(chunk.X, k * CHUNK)
    if rows.weights is not None and not (np.isfinite(rows.weights).all() and (rows.weights >= 0).all()):
        row = int(np.argmin(np.isfinite(rows.weights) & (rows.weights >= 0)))
        raise DataError(f"weights must be finite and 0 or more; row {row} has {rows.weights[row]}.")
    check_targets(rows.Y, network.objective.loss, network.n_out)


def _check_inputs(X: Array, first: int) -> None:
    finite = np.isfinite(X)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise DataError(f"X must be finite; row {first + row}, column {column} holds {X[row, column]}.")
