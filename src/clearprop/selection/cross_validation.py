"""cross_validate: every row of a table is answered by networks that have not seen it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from clearprop.errors import UsageError
from clearprop.estimators import TableClassifier
from clearprop.examination.sampling import Interval
from clearprop.selection.folds import Fold
from clearprop.selection.question import Model, asked
from clearprop.selection.scores import Truth, fold_scores, scores_with_intervals
from clearprop.selection.trainings import trainings
from clearprop.tables import Source, Table

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What a cross-validation found.

    Attributes
    ----------
    truth : Truth
        The rows that were predicted, and their targets.
    folds : tuple of Fold
    outputs : array (n_seeds, n_rows, n_classes) or (n_seeds, n_rows)
        Out of fold: the probabilities or the number of each row, by the networks of each seed.
    scores : dict of str to Interval
        Of a single training: the mean over the seeds. The interval is that of drawing other rows, or other groups.
    scores_of_mean : dict of str to Interval
        Of the mean of the answers of all seeds; the same for one seed.
    by_fold : list of dict of str to float
        The scores of each fold, the mean over the seeds.
    seconds : float
        Of all trainings; of each on its own, where several ran side by side.
    """

    truth: Truth
    folds: tuple[Fold, ...]
    outputs: Array
    scores: dict[str, Interval]
    scores_of_mean: dict[str, Interval]
    by_fold: list[dict[str, float]]
    seconds: float

    def __repr__(self) -> str:
        """Return the scores in a line; the rows stand in its arrays."""
        of = f"{self.truth.target}, {len(self.truth.rows)} rows, {len(self.folds)} folds"
        return f"CrossValidation({of}: {in_a_line(self.scores)})"

    @property
    def mean(self) -> Array:
        """The mean answer of the seeds for every row."""
        answer: Array = self.outputs.mean(axis=0)
        return answer

    @property
    def predictions(self) -> Array:
        """The label or number of every row of ``truth.rows``, out of fold, by the mean of the seeds."""
        return self.truth.answers(self.mean)

    def columns(self) -> dict[str, Array]:
        """Return fold, target, prediction, and for classes the probabilities, of every row that was predicted."""
        fold_of = np.zeros(len(self.truth.rows), np.int64)
        for number, fold in enumerate(self.folds, start=1):
            fold_of[np.searchsorted(self.truth.rows, fold.held)] = number
        columns = {"fold": fold_of, self.truth.target: self.truth.given(), "prediction": self.predictions}
        if len(self.truth.labels):
            named = zip(self.truth.labels, self.mean.T, strict=True)
            columns |= {f"probability of {label}": column for label, column in named}
        return columns

    def as_plain(self) -> dict[str, Any]:
        """Return all but the rows as plain data."""
        return {
            "target": self.truth.target, "rows": len(self.truth.rows), "folds": len(self.folds),
            "seeds": len(self.outputs), "seconds": self.seconds, "scores": plain_intervals(self.scores),
            "scores_of_mean": plain_intervals(self.scores_of_mean), "by_fold": self.by_fold,
        }  # fmt: skip


def in_a_line(scores: dict[str, Interval]) -> str:
    """Return scores with their intervals as a person reads them."""
    return ", ".join(f"{name} {one.value:.4g} ({one.low:.4g} .. {one.high:.4g})" for name, one in scores.items())


def plain_intervals(scores: dict[str, Interval]) -> dict[str, dict[str, float]]:
    """Return scores as plain data."""
    return {name: {"value": one.value, "low": one.low, "high": one.high} for name, one in scores.items()}


def cross_validate(
    model: Model,
    data: Source,
    y: ArrayLike | None = None,
    *,
    folds: int = 5,
    seeds: int = 1,
    told: Callable[[int, int], None] | None = None,
) -> CrossValidation:
    """Train on all folds but one and predict that one, for every fold and seed: a loop of single fits.

    Every fit begins anew, from the schema of its own training rows on, and stops by validation rows of its own: a
    row is seen by nothing that answers it. They run side by side, on threads or as joblib's
    ``parallel_config`` says.

    Parameters
    ----------
    model : TableClassifier or TableRegressor
        Its settings; `group` and `time` part the folds too. It stays as it is.
    data, y
        As `fit` takes them.
    folds : int
    seeds : int
        Trainings of each fold, with the seeds random_state, random_state + 1, ...
    told : callable, optional
        Of how many trainings are done, and of how many, after each.

    Returns
    -------
    CrossValidation

    Raises
    ------
    DataError, UsageError
        If the rows cannot be parted so, or as `fit` does.

    Examples
    --------
    >>> found = cross_validate(TableClassifier(n_epochs=10), "iris", folds=3)
    >>> found.predictions.shape
    (150,)
    """
    if seeds < 1:
        raise UsageError(f"seeds must be a whole number from 1 on, got {seeds}.")
    table, target, truth, parts = asked(model, data, y, folds)
    model = clone(model).set_params(target=target, verbose=False)
    tasks = [(fold, seed) for fold in parts for seed in range(seeds)]
    answers, seconds = [], 0.0
    run = trainings(
        out_of_fold, [(model, table, fold, model.random_state + seed, truth.labels) for fold, seed in tasks]
    )
    for done, (answer, spent) in enumerate(run, start=1):
        answers.append(answer)
        seconds += spent
        if told is not None:
            told(done, len(tasks))
    return _found(truth, parts, seeds, answers, seconds)


def out_of_fold(model: Model, table: Table, fold: Fold, seed: int, labels: Array) -> tuple[Array, float]:
    """Train on the rows of a fold and answer those it holds; return probabilities or numbers, and the seconds."""
    began = time.perf_counter()
    one = clone(model).set_params(random_state=seed)
    one.fit(table, rows=fold.train)
    seconds = time.perf_counter() - began
    held = table.take(fold.held)
    if not isinstance(one, TableClassifier):
        return one.predict(held), seconds
    answer = np.zeros((len(fold.held), len(labels)))
    places = {label: k for k, label in enumerate(labels.tolist())}  # a fold may lack a class of one row
    answer[:, [places[label] for label in one.classes_.tolist()]] = one.predict_proba(held)
    return answer, seconds


def _found(truth: Truth, parts: tuple[Fold, ...], seeds: int, answers: list[Array], seconds: float) -> CrossValidation:
    held = np.concatenate([fold.held for fold in parts])
    order = np.argsort(held)
    truth = truth.of(held[order])
    outputs = np.stack([np.concatenate(answers[seed::seeds])[order] for seed in range(seeds)])
    single = scores_with_intervals(truth, outputs)
    of_mean = scores_with_intervals(truth, outputs.mean(axis=0)[None]) if seeds > 1 else single
    by_fold = [fold_scores(truth, outputs, fold.held) for fold in parts]
    return CrossValidation(truth, parts, outputs, single, of_mean, by_fold, seconds)
