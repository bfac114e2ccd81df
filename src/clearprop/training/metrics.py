"""Metrics: how good predictions are, in words people use. Larger is better."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.model import Network

Array = NDArray[Any]

_AT_ONCE = 1 << 16  # rows


def metric_name(network: Network) -> str:
    """Return "accuracy" where targets are classes or labels, "r2" otherwise."""
    return "accuracy" if network.objective.loss.of_classes else "r2"


def metric(network: Network, a: Array, Y: Array, weights: Array | None = None) -> float:
    """Return the metric of outputs a (batch, n_out) for targets Y: class indices (batch,) or rows (batch, n_out)."""
    if metric_name(network) == "r2":
        w = np.broadcast_to(np.float64(1), len(a)) if weights is None else weights
        return r2(a, np.reshape(Y, a.shape), w)
    if network.objective.loss.targets == "unit":
        right = ((a > 0.5) == (np.reshape(Y, a.shape) > 0.5)).all(axis=1)
    else:
        right = a.argmax(axis=1) == (Y if Y.ndim == 1 else Y.argmax(axis=1))
    if not len(a) or (weights is not None and not weights.sum() > 0):
        return float("nan")
    return float(np.average(right, weights=weights))


def r2(a: Array, Y: Array, w: Array) -> float:
    """Return R² = 1 − Σ w (y − a)² / Σ w (y − ȳ)², the mean over the outputs.

    An output whose y does not vary counts as 1 where it is met exactly, else as 0, as in scikit-learn. Of millions of
    rows some are looked at at a time.
    """
    groups = [slice(start, start + _AT_ONCE) for start in range(0, len(a), _AT_ONCE)]
    n = sum(float(w[rows].sum(dtype=np.float64)) for rows in groups)
    if not n > 0:
        return float("nan")
    mean = sum(w[rows] @ Y[rows].astype(np.float64) for rows in groups) / n
    residual = sum(w[rows] @ np.square(Y[rows].astype(np.float64) - a[rows]) for rows in groups)
    total = sum(w[rows] @ np.square(Y[rows] - mean) for rows in groups)
    safe = np.where(total > 0, total, 1.0)
    return float(np.mean(np.where(total > 0, 1 - residual / safe, np.where(residual > 0, 0.0, 1.0))))
