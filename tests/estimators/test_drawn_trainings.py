"""Drawn tables under drawn settings: each is refused in our words, or ends in finite answers that last."""

from __future__ import annotations

import io
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest

from clearprop import TableClassifier, TableRegressor, load
from clearprop.equations import ACTIVATIONS, RULES, SCHEDULES
from clearprop.errors import ClearpropError
from clearprop.fitting.certification import CertificateWarning
from clearprop.solvers import SOLVERS

FOREIGN = (RuntimeWarning, DeprecationWarning, FutureWarning, ResourceWarning)
SIZES = (1, 2, 3, 5, 8, 20, 40, 120)
LOSSES = {
    TableClassifier: ("cross_entropy", "focal", "binary_cross_entropy", "binary_focal"),
    TableRegressor: ("squared_error", "absolute", "huber", "log_cosh", "quantile", "poisson", "gamma"),
}
COLUMNS = {
    "small and large": lambda rng, n: rng.normal(size=n) * 10.0 ** rng.integers(-30, 30),
    "plain": lambda rng, n: rng.normal(size=n),
    "constant": lambda rng, n: np.full(n, 3.5),
    "with gaps": lambda rng, n: np.where(rng.random(n) < 0.4, np.nan, rng.normal(size=n)),
    "few labels": lambda rng, n: rng.choice(list("abc"), n),
    "many labels": lambda rng, n: [f"w{k}" for k in rng.integers(0, max(2, n // 2), n)],
    "days": lambda rng, n: pd.date_range("2020-01-01", periods=n, freq="D"),
    "yes or no": lambda rng, n: rng.integers(0, 2, n).astype(bool),
}
NUMBERS = {
    "plain": lambda y: y,
    "constant": np.ones_like,
    "large": lambda y: 1e15 * y,
    "small": lambda y: 1e-300 * y,
    "counts": lambda y: np.floor(4 * np.abs(y)),
    "positive": lambda y: np.exp(y),
    "an outlier": lambda y: np.r_[1e9, y[1:]],
}
ASKED = {
    "hidden": ((), (1,), (7,), (23, 5)),
    "activation": tuple(sorted(set(ACTIVATIONS) - {"softmax"})),
    "l1": (1e-5, 0.1),
    "l2": (0.0, 1e-4, 1e3),
    "precision": ("float32", "float64", "bf16"),
    "engine": ("numpy", "native"),
    "n_threads": (1, 2, 3),
    "frozen": ((1,),),
    "initializer": ("zeros", "he_normal"),
    "on_divergence": ("restore_best", "raise"),
    "effort": ("quick", "standard", "best"),
    "members": (1, 2, 3),
    "by": ("folds", "seeds", "bootstrap"),
    "bins": (2, 16),
    "embedding": ("auto", "one-hot", 3),
    "root_rates": (True, False),
    "validation": (0, 0.1, 0.5),
    "patience": (None, 1),
}
OF_STEPS = {
    "dropout": (0.1, 0.9),
    "max_norm": (0.1, 3.0),
    "learning_rate": (1e-12, 1e-3, 1.0, 1e5, 1e9),
    "schedule": tuple(SCHEDULES),
    "clip_norm": (1.0,),
    "clip_value": (0.5,),
    "batch_size": (1, 3, 1000),
    "shuffle": (False,),
    "averaging": (0.99,),
    "shards": (1, 2),
}


def drawn(seed):
    """Return an estimator, a table, and weights of its rows or None."""
    rng = np.random.default_rng(seed)
    kind = (TableClassifier, TableRegressor)[rng.integers(2)]
    n = int(rng.choice(SIZES))
    columns = {f"c{j}": COLUMNS[rng.choice(list(COLUMNS))](rng, n) for j in range(rng.integers(1, 5))}
    base = rng.normal(size=n)
    numbers = NUMBERS[rng.choice(list(NUMBERS))](base)
    classes = np.digitize(base, np.linspace(-1, 1, rng.integers(1, 4)))
    columns |= {"c9": base, "y": numbers if kind is TableRegressor else [f"L{k}" for k in classes]}
    weights = np.ceil(3 * rng.random(n)) if rng.random() < 0.2 else None
    return kind("y", n_epochs=int(rng.integers(1, 6)), **settings(rng, kind)), pd.DataFrame(columns), weights


def settings(rng, kind):
    solver = rng.random() < 0.25
    optimizer = {"optimizer": tuple(SOLVERS if solver else RULES), "loss": LOSSES[kind]}
    asked = optimizer | ASKED | ({} if solver else OF_STEPS)
    taken = {name: values[rng.integers(len(values))] for name, values in asked.items() if rng.random() < 0.25}
    return taken | ({"optimizer": str(rng.choice(list(SOLVERS)))} if solver else {})


def answers(model, table):
    return model.predict_proba(table) if isinstance(model, TableClassifier) else model.predict(table)


def check(seed, folder):
    """Check what one drawn training comes to; return whether it was not refused."""
    model, table, weights = drawn(seed)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            model.fit(table, sample_weight=weights)
        except ClearpropError:
            return False
        first = answers(model, table)
        assert np.isfinite(first).all()
        model.evaluate(table)
        model.save(folder / "model.safetensors")
        np.testing.assert_array_equal(answers(load(folder / "model.safetensors"), table), first)
        np.testing.assert_array_equal(answers(pickle.load(io.BytesIO(pickle.dumps(model))), table), first)
        again = type(model)(**model.get_params() | {"n_threads": 1 + seed % 3}).fit(table, sample_weight=weights)
        np.testing.assert_array_equal(answers(again, table), first)
    assert [str(one.message) for one in told if one.category in (*FOREIGN, CertificateWarning)] == []
    return True


def test_drawn_trainings_end_in_finite_answers_that_last(tmp_path):
    done = [check(seed, tmp_path) for seed in range(80)]
    assert sum(done) > 30


@pytest.mark.soak
def test_thousands_of_drawn_trainings_do(tmp_path):
    done = [check(seed, tmp_path) for seed in range(1000, 4000)]
    assert sum(done) > 1000
