"""Metrics: how good predictions are, in words people use. Larger is better."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.model import Network

Array = NDArray[Any]


def metric_name(network: Network) -> str:
    """Return "accuracy" where targets are classes or labels, "r2" otherwise."""
    return "accuracy" if network.objective.loss.of_classes else "r2"


def metric(network: Network, a: Array, Y: Array, weights: Array | None = None) -> float:
    """Return the metric of outputs a (batch, n_out) for targets Y: class indices (batch,) or rows (batch, n_out)."""
    w = np.broadcast_to(np.float64(1), len(a)) if weights is None else weights
    if metric_name(network) == "r2":
        return r2(a, np.reshape(Y, a.shape), w)
    if network.objective.loss.targets == "unit":
        right = ((a > 0.5) == (np.reshape(Y, a.shape) > 0.5)).all(axis=1)
    else:
        right = a.argmax(axis=1) == (Y if Y.ndim == 1 else Y.argmax(axis=1))
    return float(np.average(right, weights=w)) if w.sum() > 0 else float("nan")


def has_metric(network: Network, Y: Array) -> bool:
    """Return whether the metric has a meaning: R² has none where the target is the same in every row."""
    return metric_name(network) != "r2" or bool(len(Y) and (Y != Y[:1]).any())


def r2(a: Array, Y: Array, w: Array) -> float:
    """Return R² = 1 − Σ w (y − a)² / Σ w (y − ȳ)², the mean over the outputs.

    An output whose y does not vary counts as 1 where it is met exactly, else as 0, as in scikit-learn.
    """
    if not w.sum() > 0:
        return float("nan")
    a, Y = a.astype(np.float64), Y.astype(np.float64)
    residual = w @ (Y - a) ** 2
    total = w @ (Y - np.average(Y, axis=0, weights=w)) ** 2
    safe = np.where(total > 0, total, 1.0)
    return float(np.mean(np.where(total > 0, 1 - residual / safe, np.where(residual > 0, 0.0, 1.0))))
