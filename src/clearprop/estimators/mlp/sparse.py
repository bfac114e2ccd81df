"""Sparse rows: kept in CSR, made dense a chunk at a time, just before a session computes with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

from clearprop.engines import Order, Session, State, Steps
from clearprop.model import Parameters, Trace
from clearprop.training import Rows

Array = NDArray[Any]

CHUNK_BYTES = 1 << 26
"""Dense memory a chunk may take; a single batch may take more."""


class SparseRows:
    """A CSR matrix (n_rows, n_columns) that is sliced like an array of rows."""

    def __init__(self, matrix: Any) -> None:
        self._matrix = csr_array(matrix)
        self.shape: tuple[int, int] = self._matrix.shape
        self.dtype: np.dtype[Any] = self._matrix.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> SparseRows:
        return SparseRows(self._matrix[rows])

    @property
    def rows_at_once(self) -> int:
        """How many rows fit into a dense chunk; 0 where not even one does."""
        return CHUNK_BYTES // (self.shape[1] * self.dtype.itemsize)

    def astype(self, dtype: Any, copy: bool = True) -> SparseRows:
        """Return the rows in another precision."""
        return SparseRows(self._matrix.astype(dtype, copy=copy))

    def dense(self) -> Array:
        """Return the rows as an array (n_rows, n_columns)."""
        rows: Array = self._matrix.toarray()
        return rows


def as_input(X: Any) -> Any:
    """Return checked rows as the training loop takes them: an array, or SparseRows."""
    return SparseRows(X) if issparse(X) else X


def dense_rows(rows: Rows) -> Rows:
    """Return the same rows with an array for X, all of it at once."""
    return replace(rows, X=_dense(rows.X))


class SparseSession:
    """A session that takes SparseRows, over one that takes arrays. See `clearprop.engines.door.Session`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def rounding(self) -> float:
        """Relative rounding unit of the arithmetic."""
        return self._session.rounding

    def predict(self, X: Any) -> Array:
        """Return a[L] (batch, n_out)."""
        if not isinstance(X, SparseRows):
            return self._session.predict(X)
        n = max(1, X.rows_at_once)
        return np.concatenate([self._session.predict(X[start : start + n].dense()) for start in range(0, len(X), n)])

    def trace(self, X: Any, Y: Array, weights: Array | None = None) -> Trace:
        """Return every array of this batch."""
        return self._session.trace(_dense(X), Y, weights)

    def gradients(self, X: Any, Y: Array, weights: Array | None = None) -> tuple[float, Parameters]:
        """Return J and its gradient."""
        return self._session.gradients(_dense(X), Y, weights)

    def run(self, X: Any, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        """Take one step per batch of the order, as many of them at a time as fit into a chunk."""
        if not isinstance(X, SparseRows):
            return self._session.run(X, Y, weights, order, learning_rates)
        found: list[Steps] = []
        start = 0
        while start < len(order):
            stop = _last_step(order, start, X.rows_at_once)
            chunk = order.steps(start, stop)
            own = Order(np.arange(len(chunk.rows)), chunk.cuts)
            w = None if weights is None else weights[chunk.rows]
            found.append(self._session.run(_dense(X[chunk.rows]), Y[chunk.rows], w, own, learning_rates[start:stop]))
            if len(found[-1]) < len(chunk):
                break
            start = stop
        return _joined(found)

    def get_state(self) -> State:
        """Return a copy of the state."""
        return self._session.get_state()

    def set_state(self, state: State) -> None:
        """Continue from that state."""
        self._session.set_state(state)


def _dense(X: Any) -> Array:
    return X.dense() if isinstance(X, SparseRows) else X


def _last_step(order: Order, start: int, rows_at_once: int) -> int:
    """Return the step to stop before, so that the chunk has rows_at_once rows at most, or a single step."""
    limit = order.cuts[start] + rows_at_once
    return max(start + 1, int(np.searchsorted(order.cuts, limit, side="right")) - 1)


def _joined(found: list[Steps]) -> Steps:
    names = ("losses", "penalties", "gradient_norms")
    joined = (np.concatenate([getattr(steps, name) for steps in found]) for name in names)
    return Steps(*joined, refused_at=found[-1].refused_at)
