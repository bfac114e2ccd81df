"""Metrics: how good predictions are, in words people use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.units import units_of
from clearprop.errors import UsageError, unknown_name
from clearprop.model import Network

Array = NDArray[Any]

_AT_ONCE = 1 << 16  # rows


def metric_name(network: Network, asked: str | None = None) -> str:
    """Return the metric asked for; else "accuracy" where targets are classes or labels, "r2" otherwise."""
    return asked or ("accuracy" if network.objective.loss.of_classes else "r2")


@np.errstate(under="ignore")
def metric(network: Network, a: Array, Y: Array, weights: Array | None = None, asked: str | None = None) -> float:
    """Return a metric of outputs a (batch, n_out) for targets Y: class indices (batch,) or rows (batch, n_out).

    Parameters
    ----------
    asked : str, optional
        A name of `METRICS`; accuracy or R² if left out.
    """
    w = np.broadcast_to(np.float64(1), len(a)) if weights is None else weights
    if not w.sum() > 0:
        return float("nan")
    name = metric_name(network, asked)
    if name == "r2":
        return r2(a, np.reshape(Y, a.shape), w)
    if name == "accuracy":
        return _accuracy(network, a, Y, weights)
    return METRICS[name].of(*_in_columns(network, a.astype(np.float64), Y), w.astype(np.float64))


def _accuracy(network: Network, a: Array, Y: Array, w: Array | None) -> float:
    if network.objective.loss.targets == "unit":  # labels, each for itself
        right = ((a > 0.5) == (np.reshape(Y, a.shape) > 0.5)).all(axis=1)
    else:
        right = a.argmax(axis=1) == (Y if Y.ndim == 1 else Y.argmax(axis=1))
    return float(np.average(right, weights=w))


def _in_columns(network: Network, a: Array, Y: Array) -> tuple[Array, Array]:
    """Return probabilities (n, n_classes) and codes (n,) of classes; numbers as they are, both (n, n_out)."""
    if not network.objective.loss.of_classes:
        return a, np.reshape(Y, a.shape).astype(np.float64)
    if a.shape[1] == 1:
        return np.hstack([1 - a, a]), (np.ravel(Y) > 0.5).astype(np.int64)
    return a, Y if Y.ndim == 1 else Y.argmax(axis=1)


def has_metric(network: Network, Y: Array, asked: str | None = None) -> bool:
    """Return whether the metric has a meaning: R² has none where the target is the same in every row."""
    return metric_name(network, asked) != "r2" or bool(len(Y) and (Y != Y[:1]).any())


@np.errstate(under="ignore")
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
    unit = units_of(np.stack([np.max(np.abs(Y[rows] - mean), axis=0) for rows in groups]))
    residual = sum(w[rows] @ np.square((Y[rows].astype(np.float64) - a[rows]) / unit) for rows in groups)
    total = sum(w[rows] @ np.square((Y[rows] - mean) / unit) for rows in groups)
    safe = np.where(total > 0, total, 1.0)
    return float(np.mean(np.where(total > 0, 1 - residual / safe, np.where(residual > 0, 0.0, 1.0))))


def accuracy(p: Array, codes: Array, w: Array) -> float:
    """Return the share of the rows whose class is found."""
    return float(np.average(p.argmax(axis=1) == codes, weights=w))


def balanced_accuracy(p: Array, codes: Array, w: Array) -> float:
    """Return the mean over the classes there are of the share of their rows that are found."""
    n = p.shape[1]
    true = np.bincount(codes, w, n)
    hits = np.bincount(codes, w * (p.argmax(axis=1) == codes), n)
    return float(np.mean(hits[true > 0] / true[true > 0]))


def f1_macro(p: Array, codes: Array, w: Array) -> float:
    """Return the mean over the classes of 2 · hits / (rows of the class + rows called so)."""
    n, called = p.shape[1], p.argmax(axis=1)
    both = np.bincount(codes, w, n) + np.bincount(called, w, n)
    hits = np.bincount(codes, w * (called == codes), n)
    return float(np.mean(2 * hits[both > 0] / both[both > 0]))


def log_loss(p: Array, codes: Array, w: Array) -> float:
    """Return the mean of −log of the probability of the true class."""
    chosen = np.take_along_axis(p, codes[:, None], axis=1)[:, 0]
    return float(np.average(-np.log(np.clip(chosen, np.finfo(np.float64).tiny, None)), weights=w))


def roc_auc(p: Array, codes: Array, w: Array) -> float:
    """Return the weight of pairs of a row of each class whose probabilities stand in their order, ties half."""
    _, place = np.unique(p[:, 1], return_inverse=True)
    of_one, of_other = (np.bincount(place, w * (codes == code)) for code in (1, 0))
    pairs = of_one.sum() * of_other.sum()
    below = np.cumsum(of_other) - of_other / 2
    return float(of_one @ below / pairs) if pairs > 0 else float("nan")


def rmse(a: Array, Y: Array, w: Array) -> float:
    """Return the root of the mean squared error, in the units of the network's targets."""
    return float(np.sqrt(np.average(np.mean((a - Y) ** 2, axis=1), weights=w)))


def mae(a: Array, Y: Array, w: Array) -> float:
    """Return the mean absolute error, in the units of the network's targets."""
    return float(np.average(np.mean(np.abs(a - Y), axis=1), weights=w))


@dataclass(frozen=True)
class Metric:
    """A metric that can be asked for.

    Attributes
    ----------
    of : function
        From outputs, targets and weights, as `_in_columns` hands them, to the number.
    classes : bool
        Whether it is of classes, or of numbers.
    larger_is_better : bool
    """

    of: Callable[[Array, Array, Array], float]
    classes: bool = True
    larger_is_better: bool = True


METRICS: Mapping[str, Metric] = {
    "accuracy": Metric(accuracy),
    "balanced_accuracy": Metric(balanced_accuracy),
    "f1_macro": Metric(f1_macro),
    "log_loss": Metric(log_loss, larger_is_better=False),
    "roc_auc": Metric(roc_auc),
    "r2": Metric(r2, classes=False),
    "rmse": Metric(rmse, classes=False, larger_is_better=False),
    "mae": Metric(mae, classes=False, larger_is_better=False),
}


def check_metric(name: str | None, network: Network) -> None:
    """Refuse a metric that says nothing of this network's answers; None is none.

    Raises
    ------
    UsageError
        Naming those that do.
    """
    if name is None:
        return
    if name not in METRICS:
        raise unknown_name("metric", name, METRICS)
    classes = network.objective.loss.of_classes
    if METRICS[name].classes != classes:
        fit = ", ".join(known for known, one in METRICS.items() if one.classes == classes)
        kinds = ("numbers", "classes") if classes else ("classes", "numbers")
        raise UsageError(f'the metric "{name}" is of {kinds[0]}, the target is of {kinds[1]}; choose one of: {fit}.')
    if name == "roc_auc" and network.n_out > 2:
        raise UsageError(f"roc_auc is of two classes, there are {network.n_out}; choose log_loss or accuracy.")
