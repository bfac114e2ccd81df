"""The session kept between two predictions must never be that of other weights, nor be seen from outside."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from clearprop import MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(60, 3))
Y = X @ np.array([1.0, -2.0, 0.5])


@pytest.fixture
def fitted() -> MLPRegressor:
    model = MLPRegressor(hidden_layer_sizes=(4,), activation="tanh", max_iter=3, tol=0, random_state=0)
    return model.fit(X, Y)


def outputs_by_hand(model: MLPRegressor) -> np.ndarray:
    (W1, W2), (b1, b2) = model.coefs_, model.intercepts_
    return (np.tanh(X @ W1 + b1) @ W2 + b2).ravel()


def test_weights_changed_in_place_count_in_the_next_prediction(fitted):
    fitted.predict(X)
    fitted.coefs_[1][0] += 1
    np.testing.assert_allclose(fitted.predict(X), outputs_by_hand(fitted), rtol=1e-12)


def test_weights_put_in_place_of_others_count_in_the_next_prediction(fitted):
    fitted.predict(X)
    fitted.intercepts_[1] = fitted.intercepts_[1] + 3
    np.testing.assert_allclose(fitted.predict(X), outputs_by_hand(fitted), rtol=1e-12)


def test_another_engine_counts_in_the_next_prediction(fitted):
    fitted.predict(X)
    fitted.set_params(engine="no such engine")
    with pytest.raises(ValueError, match="no such engine"):
        fitted.predict(X)


def test_a_prediction_leaves_nothing_on_the_estimator(fitted):
    before = pickle.dumps(fitted)
    fitted.predict(X)
    assert pickle.dumps(fitted) == before
    twin = copy.deepcopy(fitted)
    twin.coefs_[0][:] = 0
    assert not np.array_equal(twin.predict(X), fitted.predict(X))


def test_threads_that_predict_at_the_same_time_do_not_meet(fitted):
    expected = fitted.predict(X)
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda _: fitted.predict(X), range(200)):
            np.testing.assert_array_equal(found, expected)


def test_weights_changed_in_place_by_a_shallow_copy_count(fitted):
    fitted.predict(X)
    twin = copy.copy(fitted)
    twin.predict(X)
    twin.coefs_[0][0] += 1
    np.testing.assert_allclose(fitted.predict(X), outputs_by_hand(fitted), rtol=1e-12)
    np.testing.assert_array_equal(twin.predict(X), fitted.predict(X))


def test_arrays_read_long_before_they_are_changed_count(fitted):
    weights = fitted.coefs_
    fitted.predict(X)
    fitted.predict(X)
    weights[0][1] -= 2
    np.testing.assert_allclose(fitted.predict(X), outputs_by_hand(fitted), rtol=1e-12)


def test_weights_of_another_precision_count(fitted):
    fitted.predict(X)
    fitted.coefs_ = [W.astype(np.float32).astype(np.float64) for W in fitted.coefs_]
    fitted.coefs_, fitted.intercepts_ = [[W.astype(np.float32) for W in some] for some in learned(fitted)]
    assert fitted.predict(X).dtype == np.float32


def learned(model: MLPRegressor) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return model.coefs_, model.intercepts_


def test_an_estimator_that_was_never_fitted_has_no_weights():
    model = MLPRegressor()
    assert not hasattr(model, "coefs_")
    with pytest.raises(AttributeError, match="call fit first"):
        _ = model.intercepts_
