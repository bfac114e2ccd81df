"""compare: our network, several of them, and the models of others, in one cross-validation on the same folds."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from clearprop.examination.baselines import row_losses
from clearprop.examination.sampling import Interval, interval
from clearprop.fitting.efforts import size_of
from clearprop.fitting.settings import BY_EFFORT
from clearprop.selection.cross_validation import in_a_line, out_of_fold, plain_intervals
from clearprop.selection.folds import Fold
from clearprop.selection.others import Other, others
from clearprop.selection.question import Model, asked
from clearprop.selection.scores import Truth, fold_scores, resamples, scores_with_intervals
from clearprop.tables import Source, Table, learn_schema

Array = NDArray[Any]

MEMBERS = 8
RESAMPLES = 500


@dataclass(frozen=True, eq=False)
class Compared:
    """One model on all folds.

    Attributes
    ----------
    name : str
    outputs : array (n_rows, n_classes) or (n_rows,)
        Its answers out of fold.
    scores : dict of str to Interval
    by_fold : list of dict of str to float
    behind : Interval or None
        By how much its mean loss, −log p of the true class or the squared error, is above that of the first model on
        the same rows; None for the first itself.
    seconds : float
        Of all its trainings.
    """

    name: str
    outputs: Array
    scores: dict[str, Interval]
    by_fold: list[dict[str, float]]
    behind: Interval | None
    seconds: float

    def __repr__(self) -> str:
        """Return the scores in a line; the answers stand in an array."""
        return f"{self.name}: {in_a_line(self.scores)}"

    def as_plain(self) -> dict[str, Any]:
        """Return all but the rows as plain data."""
        behind = self.behind and {"value": self.behind.value, "low": self.behind.low, "high": self.behind.high}
        return {
            "name": self.name, "seconds": self.seconds, "scores": plain_intervals(self.scores), "by_fold": self.by_fold,
            "behind": behind,
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several models on the same folds; the first is ours as it was asked for.

    Attributes
    ----------
    truth : Truth
    folds : tuple of Fold
    models : tuple of Compared
    """

    truth: Truth
    folds: tuple[Fold, ...]
    models: tuple[Compared, ...]

    def __repr__(self) -> str:
        """Return a line for each model."""
        of = f"{self.truth.target}, {len(self.truth.rows)} rows, {len(self.folds)} folds"
        return "\n".join([f"Comparison({of})", *(f"  {one!r}" for one in self.models)])

    @property
    def loss(self) -> str:
        """What the paired differences are of."""
        return "−log p of the true class" if len(self.truth.labels) else "squared error"

    def as_plain(self) -> dict[str, Any]:
        """Return all but the rows as plain data."""
        return {
            "target": self.truth.target, "rows": len(self.truth.rows), "folds": len(self.folds), "loss": self.loss,
            "models": [one.as_plain() for one in self.models],
        }  # fmt: skip


def compare(
    model: Model,
    data: Source,
    y: ArrayLike | None = None,
    *,
    folds: int = 5,
    told: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Cross-validate a model beside others, all on the same folds.

    They are: the model as it is; one network of its settings, where it has several members, or eight of them, where it
    has one; a linear model; gradient boosting (scikit-learn's HistGradientBoosting, and LightGBM and CatBoost where
    they are installed), at their defaults. What is learned of the columns is learned by each on the rows of a fold.

    Parameters
    ----------
    model : TableClassifier or TableRegressor
    data, y
        As `fit` takes them.
    folds : int
    told : callable, optional
        Of how many trainings are done, and of how many, after each.

    Returns
    -------
    Comparison

    Raises
    ------
    DataError, UsageError
        If the rows cannot be parted so, or as `fit` does.
    """
    table, target, truth, parts = asked(model, data, y, folds)
    model = as_settled(clone(model).set_params(target=target, verbose=False), table, parts[0].train)
    runs = _runs(model, truth)
    done, answers = 0, {}
    for name, run in runs.items():
        answers[name] = [run(table, fold) for fold in parts]
        done += len(parts)
        if told is not None:
            told(done, len(runs) * len(parts))
    return _compared(truth, parts, answers)


def as_settled(model: Model, table: Table, rows: Array) -> Model:
    """Return a model whose settings that were left out are given, as its effort chooses them for these rows."""
    recipe = model.recipe(size_of(table, rows, None, model.group, model.time is not None))
    settings = {name: getattr(recipe, name) for name in BY_EFFORT if name in model.get_params()}
    settled: Model = clone(model).set_params(**{name: value for name, value in settings.items() if value is not None})
    return settled


Answers = tuple[Array, float]
Run = Callable[[Table, Fold], Answers]


def _runs(model: Model, truth: Truth) -> dict[str, Run]:
    """Return what trains on a fold and answers it, by the names they are shown with."""

    def ours(settings: dict[str, Any]) -> Run:
        one = clone(model).set_params(**settings)
        return lambda table, fold: out_of_fold(one, table, fold, model.random_state, truth.labels)

    n = model.recipe().members
    beside: dict[str, Any] = {"members": 1 if n > 1 else MEMBERS}
    names = [_called(n), _called(beside["members"])]
    found = {names[0]: ours({}), names[1]: ours(beside)}
    theirs = {name: _theirs(other, model, truth) for name, other in others(bool(len(truth.labels))).items()}
    return found | theirs


def _called(n: int) -> str:
    return "clearprop" if n == 1 else f"clearprop, {n} networks"


def _theirs(other: Other, model: Model, truth: Truth) -> Run:
    def run(table: Table, fold: Fold) -> Answers:
        from threadpoolctl import threadpool_limits

        began = time.perf_counter()
        schema = learn_schema(table, truth.target, rows=fold.train, task=model.task)
        X, Y = schema.encode(table.take(fold.train)), truth.of(fold.train).values
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")  # a model that has not quite converged is still one to compare with
            fitted = other(schema.inputs, X, Y)
        seconds = time.perf_counter() - began
        return fitted(schema.encode(table.take(fold.held)), len(truth.labels)), seconds

    return run


def _compared(truth: Truth, parts: tuple[Fold, ...], answers: dict[str, list[Answers]]) -> Comparison:
    held = np.concatenate([fold.held for fold in parts])
    order = np.argsort(held)
    of_held = truth.of(held[order])
    models: list[Compared] = []
    first: Array | None = None
    for name, found in answers.items():
        outputs = np.concatenate([answer for answer, _ in found])[order]
        losses = row_losses(of_held.values, outputs)
        behind = None if first is None else _behind(of_held, losses - first)
        first = losses if first is None else first
        by_fold = [fold_scores(of_held, outputs[None], fold.held) for fold in parts]
        scores = scores_with_intervals(of_held, outputs[None])
        models.append(Compared(name, outputs, scores, by_fold, behind, sum(spent for _, spent in found)))
    return Comparison(of_held, parts, tuple(models))


def _behind(truth: Truth, differences: Array) -> Interval:
    """Return the mean of row-by-row differences, with its interval by the bootstrap of rows or groups."""
    means = np.array([differences[some].mean() for some in resamples(truth, RESAMPLES)])
    return interval(float(differences.mean()), means)
