"""Scores: the figures people judge predictions by, each with its direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.units import unit_of

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


def as_they_are(probabilities: Array) -> Array:
    """Return outputs that are probabilities already."""
    return probabilities


def classification_scores(codes: Array, outputs: Array, of: Callable[[Array], Array] = as_they_are) -> dict[str, float]:
    """Return accuracy, balanced accuracy, macro F1, log loss and, for two classes, the area under the ROC curve.

    Counting takes no more memory than a few numbers a row: so many rows may never have been in memory at once.

    Parameters
    ----------
    codes : int array (n_rows,)
        The true classes.
    outputs : array (n_rows, n_out)
        Whatever `of` makes probabilities (n_rows, n_classes) of.
    """
    logs = np.zeros(1 + (len(codes) - 1) // _AT_ONCE)
    for k, rows in enumerate(_groups(len(codes))):
        chosen = np.take_along_axis(of(outputs[rows]), codes[rows, None], axis=1)
        logs[k] = np.log(np.clip(chosen, np.finfo(np.float64).tiny, None, dtype=np.float64)).sum()
    hits, true, found = _counts(codes, outputs, of)
    met = true + found > 0
    scores = {
        "accuracy": float(hits.sum() / len(codes)),
        "balanced_accuracy": float(np.mean(hits[true > 0] / true[true > 0])),
        "f1_macro": float(np.mean(2 * hits[met] / (true + found)[met])),
        "log_loss": float(-logs.sum() / len(codes)),
    }
    if len(true) == 2 and true.all():
        scores["roc_auc"] = _area_under_roc(codes, outputs, of)
    return scores


def class_rows(
    codes: Array, outputs: Array, classes: Array, of: Callable[[Array], Array] = as_they_are
) -> list[dict[str, Any]]:
    """Return label, rows, precision, recall and F1 of every class, from true codes and outputs; NaN for 0/0."""
    hits, true, found = _counts(codes, outputs, of)
    names = ("class", "rows", "precision", "recall", "f1")
    columns = (
        classes.tolist(), true.tolist(), _shares(hits, found), _shares(hits, true), _shares(2 * hits, true + found)
    )  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _counts(codes: Array, outputs: Array, of: Callable[[Array], Array]) -> tuple[Array, Array, Array]:
    """Return for each class how many rows are rightly found to be of it, are of it, and are found to be of it."""
    n_classes = of(outputs[:1]).shape[1]
    hits, true, found = (np.zeros(n_classes, dtype=np.int64) for _ in range(3))
    for rows in _groups(len(codes)):
        predicted = of(outputs[rows]).argmax(axis=1)
        right = predicted[codes[rows] == predicted]
        for total, some in ((hits, right), (true, codes[rows]), (found, predicted)):
            total += np.bincount(some, minlength=n_classes)
    return hits, true, found


def _groups(n_rows: int) -> Iterator[slice]:
    """Yield the rows in groups."""
    return (slice(start, start + _AT_ONCE) for start in range(0, n_rows, _AT_ONCE))


def _shares(part: Array, whole: Array) -> list[float]:
    """Return part / whole, NaN where the whole is 0."""
    shares: list[float] = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0).tolist()
    return shares


def _area_under_roc(codes: Array, outputs: Array, of: Callable[[Array], Array]) -> float:
    """Return the share of pairs of a positive and a negative row whose scores stand in their order, ties half."""
    scores = np.concatenate([of(outputs[rows])[:, 1] for rows in _groups(len(codes))])
    positive, negative = scores[codes > 0], scores[codes == 0]
    positive.sort()
    negative.sort()
    below = 0
    for rows in _groups(len(positive)):
        below += sum(int(np.searchsorted(negative, positive[rows], side).sum()) for side in ("left", "right"))
    return below / 2 / len(positive) / len(negative)


@np.errstate(under="ignore")
def regression_scores(y: Array, predicted: Array) -> dict[str, float]:
    """Return R², root mean squared error, mean and median absolute error; the errors in units of y."""
    spread = np.asarray(y - np.mean(y, axis=0), dtype=np.float64)
    unit = unit_of(spread)
    spread /= unit
    total = float(np.vdot(spread, spread))
    error = np.abs(np.subtract(predicted, y, out=spread), out=spread)
    error /= unit
    squares = float(np.vdot(error, error))
    error *= unit
    return {
        "r2": 1 - squares / total if total > 0 else float("nan"),
        "rmse": float(np.sqrt(squares / len(error))) * unit,
        "mae": float(np.mean(error)),
        "median_absolute_error": float(np.median(error, overwrite_input=True)),
    }
