"""Scores: the figures people judge predictions by, each with its direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


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

    Parameters
    ----------
    codes : int array (n_rows,)
        The true classes.
    probabilities : array (n_rows, n_classes)
    """
    from sklearn import metrics

    predicted = probabilities.argmax(axis=1)
    chosen = np.clip(probabilities[np.arange(len(codes)), codes], np.finfo(np.float64).tiny, None)
    present = np.unique(codes)
    scores = {
        "accuracy": float(np.mean(predicted == codes)),
        "balanced_accuracy": float(np.mean([np.mean(predicted[codes == code] == code) for code in present])),
        "f1_macro": float(metrics.f1_score(codes, predicted, average="macro", zero_division=0)),
        "log_loss": float(-np.mean(np.log(chosen))),
    }
    if probabilities.shape[1] == 2 and len(present) == 2:
        scores["roc_auc"] = float(metrics.roc_auc_score(codes, probabilities[:, 1]))
    return scores


def class_rows(codes: Array, predicted: Array, classes: Array) -> list[dict[str, Any]]:
    """Return label, rows, precision, recall and F1 of every class, from true and predicted codes; NaN for 0/0."""
    from sklearn import metrics

    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        codes, predicted, labels=np.arange(len(classes)), zero_division=np.nan
    )
    names = ("class", "rows", "precision", "recall", "f1")
    columns = (classes.tolist(), support.tolist(), precision.tolist(), recall.tolist(), f1.tolist())
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


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
