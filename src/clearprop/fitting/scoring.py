"""Scores: the figures people judge predictions by, each with its direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_AT_ONCE = 1 << 16  # rows


@dataclass(frozen=True)
class Evaluation:
    """Scores on given rows.

    Attributes
    ----------
    n_rows : int
    loss, metric : float
        D, the data term of the objective, and accuracy or R², with the weights of classes where there are any: what
        training measures on the validation rows.
    scores : dict of str to float
    classes : list of dict
        Label, rows, precision, recall and f1 of each class; empty for numbers.
    """

    n_rows: int
    loss: float
    metric: float
    scores: dict[str, float]
    classes: list[dict[str, Any]]


def classification_scores(codes: Array, probabilities: Array) -> dict[str, float]:
    """Return accuracy, balanced accuracy, macro F1, log loss and, for two classes, the area under the ROC curve.

    Counting takes no more memory than a few numbers a row: so many rows may never have been in memory at once.

    Parameters
    ----------
    codes : int array (n_rows,)
        The true classes.
    probabilities : array (n_rows, n_classes)
    """
    predicted, chosen = np.empty(len(codes), np.int32), np.empty(len(codes))
    for rows in _groups(len(codes)):
        predicted[rows] = probabilities[rows].argmax(axis=1)
        chosen[rows] = np.take_along_axis(probabilities[rows], codes[rows, None], axis=1)[:, 0]
    np.log(np.clip(chosen, np.finfo(np.float64).tiny, None, out=chosen), out=chosen)
    hits, true, found = _counts(codes, predicted, probabilities.shape[1])
    met = true + found > 0
    scores = {
        "accuracy": float(hits.sum() / len(codes)),
        "balanced_accuracy": float(np.mean(hits[true > 0] / true[true > 0])),
        "f1_macro": float(np.mean(2 * hits[met] / (true + found)[met])),
        "log_loss": float(-np.mean(chosen)),
    }
    if probabilities.shape[1] == 2 and true.all():
        scores["roc_auc"] = _area_under_roc(codes, probabilities[:, 1])
    return scores


def class_rows(codes: Array, predicted: Array, classes: Array) -> list[dict[str, Any]]:
    """Return label, rows, precision, recall and F1 of every class, from true and predicted codes; NaN for 0/0."""
    hits, true, found = _counts(codes, predicted, len(classes))
    names = ("class", "rows", "precision", "recall", "f1")
    columns = (
        classes.tolist(), true.tolist(), _shares(hits, found), _shares(hits, true), _shares(2 * hits, true + found)
    )  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _counts(codes: Array, predicted: Array, n_classes: int) -> tuple[Array, Array, Array]:
    """Return for each class how many rows are rightly found to be of it, are of it, and are found to be of it."""
    hits, true, found = (np.zeros(n_classes, dtype=np.int64) for _ in range(3))
    for rows in _groups(len(codes)):
        right = codes[rows][codes[rows] == predicted[rows]]
        for total, some in ((hits, right), (true, codes[rows]), (found, predicted[rows])):
            total += np.bincount(some, minlength=n_classes)
    return hits, true, found


def _groups(n_rows: int) -> Iterator[slice]:
    """Yield the rows in groups."""
    return (slice(start, start + _AT_ONCE) for start in range(0, n_rows, _AT_ONCE))


def _shares(part: Array, whole: Array) -> list[float]:
    """Return part / whole, NaN where the whole is 0."""
    shares: list[float] = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0).tolist()
    return shares


def _area_under_roc(codes: Array, scores: Array) -> float:
    """Return the share of pairs of a positive and a negative row whose scores stand in their order, ties half."""
    positive, negative = np.sort(scores[codes > 0]), np.sort(scores[codes == 0])
    below = 0
    for rows in _groups(len(positive)):
        below += sum(int(np.searchsorted(negative, positive[rows], side).sum()) for side in ("left", "right"))
    return below / 2 / len(positive) / len(negative)


def regression_scores(y: Array, predicted: Array) -> dict[str, float]:
    """Return R², root mean squared error, mean and median absolute error; the errors in units of y."""
    error = np.abs(predicted - y)
    total = float(np.sum((y - np.mean(y, axis=0)) ** 2))
    return {
        "r2": 1 - float(np.sum(error**2)) / total if total > 0 else float("nan"),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(error)),
        "median_absolute_error": float(np.median(error)),
    }
