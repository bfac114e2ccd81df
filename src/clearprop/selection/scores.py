"""Scores of answers out of fold, with the interval that other rows, or other groups of rows, would have given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.estimators import TableClassifier, TableRegressor
from clearprop.examination.sampling import RESAMPLES, Interval, interval, random
from clearprop.fitting.scoring import classification_scores, regression_scores
from clearprop.tables import Table
from clearprop.tables.encodings import ClassTarget

Array = NDArray[Any]

MOST_ROWS = 20_000  # of a resample
_DRAW = 11


@dataclass(frozen=True, eq=False)
class Truth:
    """The targets of some rows.

    Attributes
    ----------
    target : str
    rows : int array (n_rows,)
        Places in the table, ascending.
    values : array (n_rows,)
        Codes of classes, or numbers.
    labels : array (n_classes,)
        None of numbers.
    groups : int array (n_rows,) or None
        Of rows that are drawn together.
    """

    target: str
    rows: Array
    values: Array
    labels: Array
    groups: Array | None = None

    def of(self, rows: Array) -> Truth:
        """Return the truth of some of the rows."""
        at = np.searchsorted(self.rows, rows)
        groups = None if self.groups is None else self.groups[at]
        return replace(self, rows=rows, values=self.values[at], groups=groups)

    def given(self) -> Array:
        """Return the labels or numbers themselves."""
        labels: Array = self.labels[self.values] if len(self.labels) else self.values
        return labels

    def answers(self, outputs: Array) -> Array:
        """Return the labels of the most probable classes, or the numbers as they are."""
        labels: Array = self.labels[outputs.argmax(axis=1)] if len(self.labels) else outputs
        return labels

    def scores(self, outputs: Array, some: Array) -> dict[str, float]:
        """Return the mean scores of the seeds' outputs (n_seeds, n_rows, ...) for some of the rows."""
        judge = classification_scores if len(self.labels) else regression_scores
        found = [judge(self.values[some], one[some]) for one in outputs]
        return {name: float(np.mean([scores[name] for scores in found])) for name in found[0]}


def truth_of(model: TableClassifier | TableRegressor, table: Table, target: str, rows: Array) -> Truth:
    """Return the targets of rows that have one.

    Raises
    ------
    DataError
        If there is one class only.
    """
    column = table.column(target).take(rows)
    groups = np.unique(table.column(model.group).values[rows], return_inverse=True)[1] if model.group else None
    if model.task == "classes":
        learned = ClassTarget.learn(column)
        return Truth(target, rows, learned.encode(column), learned.classes, groups)
    return Truth(target, rows, np.asarray(column.values, np.float64), np.zeros(0), groups)


def fold_scores(truth: Truth, outputs: Array, held: Array) -> dict[str, float]:
    """Return the scores of one fold."""
    return truth.scores(outputs, np.searchsorted(truth.rows, held))


def scores_with_intervals(truth: Truth, outputs: Array) -> dict[str, Interval]:
    """Return the mean scores of outputs (n_seeds, n_rows, ...), with intervals by the bootstrap."""
    values = truth.scores(outputs, np.arange(len(truth.rows)))
    drawn = [truth.scores(outputs, some) for some in resamples(truth, RESAMPLES)]
    size = min(len(truth.rows), MOST_ROWS) if truth.groups is None else len(truth.rows)
    shrink = np.sqrt(size / len(truth.rows))
    return {
        name: interval(value, value + shrink * (np.array([one.get(name, np.nan) for one in drawn]) - value))
        for name, value in values.items()
    }


def resamples(truth: Truth, n: int) -> list[Array]:
    """Return n draws of the rows with replacement, or of all rows of groups drawn with replacement."""
    rng, n_rows = random(_DRAW), len(truth.rows)
    if truth.groups is None:
        return [rng.integers(0, n_rows, min(n_rows, MOST_ROWS)) for _ in range(n)]
    order = np.argsort(truth.groups, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(truth.groups[order])) + 1)
    draws = (rng.integers(0, len(members), len(members)) for _ in range(n))
    return [np.concatenate([members[k] for k in draw]) for draw in draws]
