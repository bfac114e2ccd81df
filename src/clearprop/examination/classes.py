"""How good predicted classes are: tables and curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.examination.sampling import RESAMPLES, Interval, bootstrap, interval, random
from clearprop.fitting.scoring import classification_scores

Array = NDArray[Any]

THRESHOLDS = tuple(round(0.05 * k, 2) for k in range(1, 20))
MOST_CURVES = 6
MOST_ROWS = 2000
POINTS = 120
BINS = 10


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall and F1 of one class; NaN where undefined: no row is predicted as it, or none is of it."""

    label: Any
    n_rows: int
    precision: Interval
    recall: Interval
    f1: Interval


@dataclass(frozen=True, eq=False)
class Curve:
    """One class against the rest.

    Attributes
    ----------
    label : Any
    false_rate, true_rate : array
        The ROC curve.
    recall, precision : array
    area, average_precision, share : float
        Area under the ROC curve, average precision, share of the class.
    """

    label: Any
    false_rate: Array
    true_rate: Array
    recall: Array
    precision: Array
    area: float
    average_precision: float
    share: float


@dataclass(frozen=True)
class Bin:
    """Rows of similar predicted probability: how many they are, and how often it came true (Wilson's interval)."""

    n_rows: int
    predicted: float
    observed: Interval


@dataclass(frozen=True)
class Threshold:
    """What calling a row the second class from this probability on comes to; precision is NaN if none is called so."""

    at: float
    share: float
    accuracy: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class ClassQuality:
    """How good predicted classes are.

    Attributes
    ----------
    labels : list
    scores : dict of str to Interval
    classes : list of ClassFigures
    confusion : int array (n_classes, n_classes)
        Rows are true classes, columns predicted ones.
    curves : list of Curve
        Of the second class, where there are two; else of the classes that are hardest to tell.
    calibration : list of Bin
    calibration_error : float
        Mean difference of predicted and observed, weighted by rows.
    thresholds : list of Threshold
        Empty with more than two classes.
    best_threshold : Threshold or None
        The one with the highest F1.
    """

    labels: list[Any]
    scores: dict[str, Interval]
    classes: list[ClassFigures]
    confusion: NDArray[np.int64]
    curves: list[Curve]
    calibration: list[Bin]
    calibration_error: float
    thresholds: list[Threshold]
    best_threshold: Threshold | None


def class_quality(codes: Array, probabilities: Array, labels: list[Any]) -> ClassQuality:
    """Return all figures of predicted probabilities (n_rows, n_classes) for true codes (n_rows,)."""
    n_classes = len(labels)
    confusion = np.bincount(n_classes * codes + probabilities.argmax(axis=1), minlength=n_classes**2)
    confusion = confusion.reshape(n_classes, n_classes)
    bins = _calibration(codes, probabilities)
    thresholds = [_threshold(codes, probabilities[:, 1], t) for t in THRESHOLDS] if n_classes == 2 else []
    return ClassQuality(
        labels=labels,
        scores=bootstrap(
            lambda rows: classification_scores(codes[rows], probabilities[rows]), len(codes), MOST_ROWS, 1
        ),
        classes=_class_figures(confusion, labels),
        confusion=confusion,
        curves=_curves(codes, probabilities, labels),
        calibration=bins,
        calibration_error=sum(b.n_rows * abs(b.predicted - b.observed.value) for b in bins) / len(codes),
        thresholds=thresholds,
        best_threshold=max(thresholds, key=lambda t: np.nan_to_num(t.f1, nan=-1.0), default=None),
    )


def _class_figures(confusion: NDArray[np.int64], labels: list[Any]) -> list[ClassFigures]:
    """Resample the confusion matrix as a whole: its cells are multinomial."""
    n = int(confusion.sum())
    drawn = random(2).multinomial(n, confusion.ravel() / n, RESAMPLES).reshape(RESAMPLES, *confusion.shape)
    values, resampled = _rates(confusion[None]), _rates(drawn)
    return [
        ClassFigures(label, int(confusion[k].sum()), *(interval(float(v[0, k]), r[:, k])
                     for v, r in zip(values, resampled, strict=True)))
        for k, label in enumerate(labels)
    ]  # fmt: skip


def _rates(confusions: Array) -> tuple[Array, Array, Array]:
    """Return precision, recall and F1 (n, n_classes) of confusion matrices (n, n_classes, n_classes); NaN for 0/0."""
    right = np.diagonal(confusions, axis1=1, axis2=2).astype(float)
    predicted, true = confusions.sum(axis=1), confusions.sum(axis=2)
    with np.errstate(invalid="ignore"):
        precision, recall, f1 = (right / of for of in (predicted, true, (predicted + true) / 2))
    return precision, recall, f1


def _curves(codes: Array, probabilities: Array, labels: list[Any]) -> list[Curve]:
    present = np.bincount(codes, minlength=len(labels))
    chosen = [1] if len(labels) == 2 else [k for k in range(len(labels)) if present[k]]
    curves = [_curve(codes == k, probabilities[:, k], labels[k]) for k in chosen if 0 < present[k] < len(codes)]
    return sorted(curves, key=lambda curve: curve.area)[:MOST_CURVES]


def _curve(positive: Array, p: Array, label: Any) -> Curve:
    from sklearn import metrics

    false_rate, true_rate, _ = metrics.roc_curve(positive, p)
    precision, recall, _ = metrics.precision_recall_curve(positive, p)
    area, average = metrics.auc(false_rate, true_rate), metrics.average_precision_score(positive, p)
    share = float(positive.mean())
    return Curve(label, *_thin(false_rate, true_rate), *_thin(recall, precision), float(area), float(average), share)


def _thin(x: Array, y: Array) -> tuple[Array, Array]:
    """Return at most POINTS points, evenly spaced along the curve."""
    length = np.append(0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    wanted = np.linspace(0, length[-1], POINTS)
    keep = np.unique(np.clip(np.searchsorted(length, wanted), 0, len(x) - 1))
    return x[keep], y[keep]


def _calibration(codes: Array, probabilities: Array) -> list[Bin]:
    """Bin the probability of the second of two classes, or of the predicted one of more, in bins of equal size."""
    if probabilities.shape[1] == 2:
        p, hit = probabilities[:, 1], codes == 1
    else:
        p, hit = probabilities.max(axis=1), probabilities.argmax(axis=1) == codes
    parts = np.array_split(np.argsort(p, kind="stable"), BINS)
    return [
        Bin(len(rows), float(p[rows].mean()), wilson(int(hit[rows].sum()), len(rows))) for rows in parts if len(rows)
    ]


def wilson(successes: int, n: int) -> Interval:
    """Return Wilson's 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(share, float(middle - half), float(middle + half))


def _threshold(codes: Array, p: Array, at: float) -> Threshold:
    called, true = p >= at, codes == 1
    right = float((called & true).sum())
    return Threshold(
        at=at,
        share=float(called.mean()),
        accuracy=float((called == true).mean()),
        precision=_share(right, called.sum()),
        recall=_share(right, true.sum()),
        f1=_share(2 * right, called.sum() + true.sum()),
    )


def _share(part: float, of: int) -> float:
    return part / of if of else float("nan")
