"""Whether a model is as sure as it says: intervals that hold, sets that hold, probabilities that come true."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.adopting.several_outputs import SeveralOutputs
from clearprop.estimators import TableClassifier, TableRegressor
from clearprop.estimators.table.base import TableEstimator
from clearprop.tables import StreamedTable, Table
from clearprop.tables.encodings.held import HeldErrors, HeldScores
from clearprop.uncertainty import enough_rows, rank_among

Array = NDArray[Any]

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
SHOWN_LEVEL = 0.9
N_BINS = 15


@dataclass(frozen=True)
class Sure:
    """What became of what a model said of its own answers, on rows that it is judged by.

    Attributes
    ----------
    levels : tuple of float
        Those for which enough rows were held out in training.
    held : tuple of float
        The share of the rows whose interval, or set of classes, held the truth, at each level.
    size : float or None
        At 90 %: the width of the interval in units of the target, or the mean number of classes in a set.
    calibration_error : float or None
        Of classes: how far the probability of the answer is from how often it is right, over 15 bins of like
        probability, each counted by its rows.
    """

    levels: tuple[float, ...]
    held: tuple[float, ...]
    size: float | None
    calibration_error: float | None = None

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def sure_of_numbers(estimator: TableRegressor, y: Array, predicted: Array) -> Sure | None:
    """Return how often intervals around predicted numbers held the true ones; None where no rows were held out."""
    kept = estimator.numbers_.held
    if kept is None:
        return None
    errors = estimator.numbers_.scale * np.sort(np.concatenate([np.array(one) for one in kept.errors]))
    levels = _levels(kept)
    reach = {level: float(errors[rank_among(len(errors), kept.n_rows, level) - 1]) for level in levels}
    off = np.abs(predicted - y)
    shares = tuple(float(np.mean(off <= reach[level])) for level in levels)
    return Sure(levels, shares, 2 * reach[SHOWN_LEVEL] if SHOWN_LEVEL in reach else None)


def sure_of_classes(estimator: TableClassifier, codes: Array, P: Array) -> Sure:
    """Return whether probabilities came true, and how often sets of classes held the true ones."""
    kept = estimator.schema_.target.held if estimator.schema_.target is not None else None
    assert kept is None or isinstance(kept, HeldScores)
    levels = () if kept is None else _levels(kept)
    rows = np.arange(len(codes))
    sets = {level: estimator.sets_of(P, level) for level in levels}
    size = float(sets[SHOWN_LEVEL].sum(axis=1).mean()) if SHOWN_LEVEL in sets else None
    shares = tuple(float(found[rows, codes].mean()) for found in sets.values())
    return Sure(levels, shares, size, calibration_error(P, codes))


def calibration_error(P: Array, codes: Array) -> float:
    """Return the expected calibration error (Naeini et al. 2015) of the most probable class."""
    sure, right = P.max(axis=1), P.argmax(axis=1) == codes
    bins = np.minimum((sure * N_BINS).astype(int), N_BINS - 1)
    gaps = [abs(sure[bins == k].mean() - right[bins == k].mean()) * np.mean(bins == k) for k in np.unique(bins)]
    return float(np.sum(gaps))


def how_sure(estimator: TableEstimator, table: Table) -> Sure | None:
    """Return it of the rows of a table that have the target; None of a table on disk, and of several outputs."""
    if isinstance(table, StreamedTable) or isinstance(estimator, SeveralOutputs):
        return None
    name = estimator.target_.name
    table = table.with_classes(name) if estimator.task == "classes" else table
    table, rows = estimator.reader().rows_with_target(table, name, None)
    some = table if rows is None else table.take(rows)
    y = estimator.schema_.encode_target(some)
    if isinstance(estimator, TableClassifier):
        return sure_of_classes(estimator, y, estimator.predict_proba(some))
    assert isinstance(estimator, TableRegressor), "there are two table estimators"
    return sure_of_numbers(estimator, estimator.schema_.decode_target(y), estimator.predict(some))


def _levels(kept: HeldErrors | HeldScores) -> tuple[float, ...]:
    return tuple(level for level in LEVELS if enough_rows(level) <= kept.n_rows)
