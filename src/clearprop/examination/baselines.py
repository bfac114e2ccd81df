"""Baselines: what simpler and other models make of the very same rows. Is the network worth it?"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from clearprop.equations.units import unit_of
from clearprop.examination.sampling import Interval, interval, random
from clearprop.model import Inputs

Array = NDArray[Any]

MOST_ROWS = 20_000
MOST_CODES = 255  # of a category, for gradient boosting
RESAMPLES = 500
_SMALLEST = 1e-15
_SMALLEST_AS_IT_IS = 2.0**-60
_FEWEST_TO_SPLIT = 2


@dataclass(frozen=True)
class Baseline:
    """One model on the same split.

    Attributes
    ----------
    name : str
    n_rows : int
        That it was trained on.
    scores : dict of str to float
    loss : float
        Mean over the rows: −log of the probability of the true class, or the squared error.
    behind : Interval or None
        By how much its mean loss is above the network's, on the same rows; None for the network itself.
    seconds : float or None
        That training took.
    """

    name: str
    n_rows: int
    scores: dict[str, float]
    loss: float
    behind: Interval | None
    seconds: float | None


@dataclass(frozen=True, eq=False)
class Material:
    """Rows to train baselines on and rows to judge them by, encoded as the network has them."""

    inputs: Inputs
    X: Array
    Y: Array
    held_X: Array
    held_Y: Array
    n_classes: int


def run_baselines(
    material: Material, own_losses: Array, scores: Callable[[Array, Array], dict[str, float]]
) -> list[Baseline]:
    """Train a constant, a linear model and gradient boosting, and compare each with the network row by row.

    Parameters
    ----------
    own_losses : array (n_held,)
        The network's loss of each held row.
    scores : callable
        From true and predicted (probabilities or numbers) to named scores.
    """
    from threadpoolctl import threadpool_limits

    rows = np.sort(random(6).permutation(len(material.X))[:MOST_ROWS])
    X, Y = material.X[rows], material.Y[rows]
    found = []
    for name, (model, prepare) in models_for(material, Y).items():
        started = time.perf_counter()
        with warnings.catch_warnings(), threadpool_limits(1):  # small jobs: threads would only wait for one another
            warnings.simplefilter("ignore")  # a baseline that has not quite converged is still a baseline
            model.fit(prepare(X), Y)
        seconds = time.perf_counter() - started
        predicted = answers_of(model, prepare(material.held_X), material.n_classes)
        losses = row_losses(material.held_Y, predicted)
        judged = scores(material.held_Y, predicted)
        found.append(Baseline(name, len(rows), judged, float(losses.mean()), _behind(losses - own_losses), seconds))
    return found


def row_losses(Y: Array, predicted: Array) -> Array:
    """Return −log p of the true class of each row, or the squared error, in the unit that `unit_for` finds."""
    losses: Array
    if predicted.ndim == 2:
        losses = -np.log(np.clip(predicted[np.arange(len(Y)), Y.astype(int)], _SMALLEST, None))
    else:
        losses = ((predicted - Y) / unit_for(Y)) ** 2
    return losses.astype(np.float64)


def constant_loss(Y: Array, predicted: Array) -> float:
    """Return the mean loss of the constant answer that suits the rows best; `predicted` says of which kind it is."""
    if predicted.ndim == 2:
        shares = np.bincount(Y.astype(int), minlength=predicted.shape[1]) / len(Y)
        return float(row_losses(Y, np.broadcast_to(shares, predicted.shape)).mean())
    return float(row_losses(Y, np.full(len(Y), np.mean(Y))).mean())


def unit_for(Y: Array) -> float:
    """Return 1, or a unit in which to take numbers whose squares would vanish or overflow, in doubles or in float32."""
    unit = unit_of(Y)
    return 1.0 if _SMALLEST_AS_IT_IS <= unit <= 1 / _SMALLEST_AS_IT_IS else unit


def _in_units(model: Any, Y: Array) -> Any:
    """Return a model of numbers that is fitted to them in their unit, and answers in that of Y."""
    from sklearn.compose import TransformedTargetRegressor

    unit = unit_for(Y)
    if unit == 1:
        return model
    return TransformedTargetRegressor(
        model, func=lambda y: y / unit, inverse_func=lambda y: y * unit, check_inverse=False
    )


def models_for(material: Material, Y: Array) -> dict[str, tuple[Any, Callable[[Array], Any]]]:
    """Return models of scikit-learn by name, each with what makes of X what it takes."""
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, Ridge

    first = material.inputs.n_numeric
    categories = [first + k for k, n in enumerate(material.inputs.categories) if n <= MOST_CODES]
    classes = bool(material.n_classes)
    options: dict[str, Any] = {"categorical_features": categories or None, "random_state": 0}
    if classes and np.unique(Y, return_counts=True)[1].min() < _FEWEST_TO_SPLIT:
        options["early_stopping"] = False  # it would hold out some rows of every class
    boosting = HistGradientBoostingClassifier(**options) if classes else HistGradientBoostingRegressor(**options)
    linear = LogisticRegression(max_iter=200) if classes else _in_units(Ridge(), Y)
    return {
        "constant": (DummyClassifier(strategy="prior") if classes else DummyRegressor(), _as_is),
        "linear": (linear, _one_hot(material.inputs)),
        "gradient boosting": (boosting if classes else _in_units(boosting, Y), _as_is),
    }


def _as_is(X: Array) -> Array:
    return X


def _one_hot(inputs: Inputs) -> Callable[[Array], Any]:
    """Return what makes sparse rows of X: its numbers, and one column for each code."""
    from scipy import sparse
    from sklearn.preprocessing import OneHotEncoder

    first = inputs.n_numeric
    encoder = OneHotEncoder(categories=[np.arange(n) for n in inputs.categories], handle_unknown="ignore")

    def prepare(X: Array) -> Any:
        if not inputs.categories:
            return X
        codes = encoder.fit_transform(X[:, first:].astype(int))
        return sparse.hstack([sparse.csr_matrix(X[:, :first]), codes]).tocsr()

    return prepare


def answers_of(model: BaseEstimator, X: Any, n_classes: int) -> Array:
    """Return the probabilities of all classes, or numbers where there are none."""
    if not n_classes:
        return np.asarray(model.predict(X), np.float64)
    probabilities = np.zeros((X.shape[0], n_classes))
    probabilities[:, np.asarray(model.classes_, int)] = model.predict_proba(X)
    return probabilities


def _behind(differences: Array) -> Interval:
    """Return the mean of row-by-row differences with its bootstrap interval."""
    rng, n = random(7), len(differences)
    size = min(n, MOST_ROWS)
    means = np.array([differences[rng.integers(0, n, size)].mean() for _ in range(RESAMPLES)])
    return interval(float(differences.mean()), means)
