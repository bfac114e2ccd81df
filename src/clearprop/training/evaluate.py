"""Evaluate: loss and metric of a session on given rows."""

from __future__ import annotations

import numpy as np

from clearprop.engines import Session
from clearprop.equations.objective import row_scales
from clearprop.equations.targets import as_rows
from clearprop.model import Network
from clearprop.training.data import Array, Rows
from clearprop.training.metrics import metric

CHUNK = 8192


def predict(session: Session, X: Array) -> Array:
    """Return a[L] (n_rows, n_out), in chunks that bound the memory."""
    if len(X) <= CHUNK:
        return session.predict(X)
    return np.concatenate([session.predict(X[start : start + CHUNK]) for start in range(0, len(X), CHUNK)])


def evaluate(session: Session, network: Network, rows: Rows) -> tuple[float, float]:
    """Return D, the data term of the objective without dropout, and the metric."""
    a = predict(session, rows.X).astype(np.float64)
    weights = np.ones(len(rows)) if rows.weights is None else rows.weights
    targets = as_rows(rows.Y, network.n_out, np.float64, network.takes_classes)
    with np.errstate(over="ignore", invalid="ignore"):
        losses = network.objective.loss.value(a, targets)
        D = float(np.sum(row_scales(weights, network.objective.reduction) * losses))
        return D, metric(network, a, rows.Y, rows.weights)
