"""Thousands of epochs: what a model file keeps of their history is bounded."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from clearprop import MLPRegressor, TableRegressor, load

N_EPOCHS = 4500
X = np.random.default_rng(0).normal(size=(30, 2))
y = X[:, 0] + 0.1 * np.random.default_rng(1).normal(size=30)


def assert_same_curve(kept, curve):
    assert 500 <= len(kept) <= 1001
    assert kept[-1] == curve[-1]
    assert len(curve) == N_EPOCHS


def test_a_table_estimator_is_saved_whatever_its_history(tmp_path):
    model = TableRegressor(hidden=(2,), patience=None, batch_size=30, n_epochs=N_EPOCHS).fit(X, y)
    model.save(tmp_path / "m.safetensors")
    loaded = load(tmp_path / "m.safetensors")

    assert_same_curve(loaded.history_["loss"], model.history_["loss"])
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_mlp_estimator_likewise(tmp_path, early_stopping):
    mlp = MLPRegressor(
        "squared_error", (2,), max_iter=N_EPOCHS, n_iter_no_change=np.inf, early_stopping=early_stopping,
        random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mlp.fit(X, y).save(tmp_path / "m.safetensors")
    loaded = load(tmp_path / "m.safetensors")

    for kept, curve in (
        (loaded.loss_curve_, mlp.loss_curve_),
        (loaded.history_["gradient_norm"], mlp.history_["gradient_norm"]),
    ):
        assert_same_curve(kept, curve)
    assert loaded.n_iter_ == N_EPOCHS
    assert loaded.predict(X).tobytes() == mlp.predict(X).tobytes()
