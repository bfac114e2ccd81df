"""The models of others that a network is compared with, each at its defaults, on rows encoded as X."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.examination.baselines import Material, answers_of, models_for, unit_for
from clearprop.model import Inputs

Array = NDArray[Any]

Fitted = Callable[[Array, int], Array]
"""From X and the number of classes, 0 for numbers, to probabilities or numbers."""

Other = Callable[[Inputs, Array, Array], Fitted]
"""From stage 0, X and Y to what answers."""

CALLED = {"linear": "linear", "gradient boosting": "HistGradientBoosting"}


def others(classes: bool) -> dict[str, Other]:
    """Return those that are at hand, by name."""
    found = {CALLED[name]: _of_scikit_learn(name, classes) for name in CALLED}
    if find_spec("lightgbm"):
        found["LightGBM"] = _lightgbm(classes)
    if find_spec("catboost"):
        found["CatBoost"] = _catboost(classes)
    return found


def _of_scikit_learn(name: str, classes: bool) -> Other:
    def fit(inputs: Inputs, X: Array, Y: Array) -> Fitted:
        n_classes = int(Y.max()) + 1 if classes else 0
        model, prepare = models_for(Material(inputs, X, Y, X, Y, n_classes), Y)[name]
        model.fit(prepare(X), Y)
        return lambda held, n: answers_of(model, prepare(held), n)

    return fit


def _of_numbers(other: Other) -> Other:
    """Return the model of numbers of any size; of one number it is that number, which CatBoost refuses to learn."""

    def fit(inputs: Inputs, X: Array, Y: Array) -> Fitted:
        unit = unit_for(Y)
        if Y.min() == Y.max():
            return lambda held, n: np.full(len(held), Y[0])
        fitted = other(inputs, X, Y / unit)
        return lambda held, n: fitted(held, n) * unit

    return fit


def _lightgbm(classes: bool) -> Other:
    def fit(inputs: Inputs, X: Array, Y: Array) -> Fitted:
        import lightgbm

        kind = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
        codes = list(range(inputs.n_numeric, X.shape[1]))
        model = kind(verbose=-1, random_state=0, n_jobs=1).fit(X, Y, categorical_feature=codes or "auto")
        return lambda held, n: answers_of(model, held, n)

    return fit if classes else _of_numbers(fit)


def _catboost(classes: bool) -> Other:
    def fit(inputs: Inputs, X: Array, Y: Array) -> Fitted:
        import catboost

        kind = catboost.CatBoostClassifier if classes else catboost.CatBoostRegressor
        first = inputs.n_numeric

        def frame(rows: Array) -> Any:
            codes = rows[:, first:].astype(int).astype(object)
            return np.concatenate([rows[:, :first].astype(object), codes], axis=1) if codes.shape[1] else rows

        columns = list(range(first, X.shape[1]))
        model = kind(verbose=False, random_seed=0, allow_writing_files=False, thread_count=1, cat_features=columns)
        model.fit(frame(X), Y)
        return lambda held, n: answers_of(model, frame(held), n)

    return fit if classes else _of_numbers(fit)
