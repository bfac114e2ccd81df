"""Evaluate: loss and metric of a session on given rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add

import numpy as np

from clearprop.engines import Session
from clearprop.equations.objective import row_scales
from clearprop.equations.targets import as_rows
from clearprop.model import Network
from clearprop.training.metrics import metric
from clearprop.training.rows import Array, Rows

CHUNK = 8192  # rows
CHUNK_NUMBERS = 1 << 18  # of outputs in float64: of many rows or thousands of classes, few rows at a time


def predict(session: Session, X: Array) -> Array:
    """Return a[L] (n_rows, n_out), in chunks that bound the memory."""
    if len(X) <= CHUNK:
        return session.predict(X)
    return np.concatenate([session.predict(X[start : start + CHUNK]) for start in range(0, len(X), CHUNK)])


def outputs(session: Session, rows: Rows) -> Array:
    """Return a[L] (n_rows, n_out) of rows of any kind."""
    parts = [predict(session, block.X) for block in rows.blocks()]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def mean_outputs(sessions: Sequence[Session], X: Array) -> Array:
    """Return the mean of what the sessions answer, a[L] (n_rows, n_out)."""
    total = reduce(add, (predict(session, X) for session in sessions))
    mean: Array = total if len(sessions) == 1 else total / total.dtype.type(len(sessions))
    return mean


def each_outputs(sessions: Sequence[Session], X: Array) -> Array:
    """Return what each session answers, a[L] (n_sessions, n_rows, n_out)."""
    return np.stack([predict(session, X) for session in sessions])


def evaluate(session: Session, network: Network, rows: Rows, asked: str | None = None) -> tuple[float, float]:
    """Return D, the data term of the objective without dropout, and the metric."""
    return loss_and_metric(network, outputs(session, rows), rows.Y, rows.weights, asked)


def loss_and_metric(
    network: Network, a: Array, Y: Array, weights: Array | None = None, asked: str | None = None
) -> tuple[float, float]:
    """Return D and the metric of outputs a (n_rows, n_out) for targets Y: class indices, or rows (n_rows, n_out)."""
    scales = _scales(weights, len(a), network.objective.reduction)
    with np.errstate(over="ignore", invalid="ignore"):
        D = float(sum(np.sum(losses * scales[rows]) for rows, losses in _losses(network, a, Y)))
        return D, metric(network, a, Y, weights, asked)


def _scales(weights: Array | None, n_rows: int, reduction: str) -> Array:
    """Return the factor of each row in D; where all weigh the same it takes no memory."""
    if weights is not None:
        scales: Array = row_scales(weights, reduction)
        return scales
    return np.broadcast_to(np.float64(1 / n_rows if n_rows and reduction == "mean" else 1), n_rows)


def _losses(network: Network, a: Array, Y: Array) -> Iterator[tuple[slice, Array]]:
    """Yield the losses of the rows, some rows at a time."""
    step = max(1, CHUNK_NUMBERS // network.n_out)
    for start in range(0, max(len(a), 1), step):
        rows = slice(start, start + step)
        targets = as_rows(Y[rows], network.n_out, np.float64, network.takes_classes)
        yield rows, network.objective.loss.value(a[rows].astype(np.float64), targets)
