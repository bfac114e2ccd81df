"""A warm start goes on from the weights that stand there, whatever was set otherwise since."""

import numpy as np
import pytest

from clearprop import MLPClassifier
from clearprop.errors import UsageError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


def begun(**settings):
    return MLPClassifier((4,), warm_start=True, random_state=0, **settings).fit(X, Y)


def test_averaging_that_begins_late_keeps_the_best_weights_until_there_are_better_ones():
    mlp = begun(early_stopping=True, max_iter=30, tol=0.0)
    best = [W.copy() for W in mlp.coefs_]
    mlp.set_params(averaging=0.9, max_iter=1, learning_rate_init=1e-9).fit(X, Y)
    assert mlp.history_["validation_metric"][-1] <= max(mlp.history_["validation_metric"][:-1])
    for W, expected in zip(mlp.coefs_, best, strict=True):
        np.testing.assert_array_equal(W, expected)


def test_averaging_goes_on_from_weights_that_a_solver_has_found_since():
    mlp = begun(averaging=0.5, max_iter=2)
    mlp.set_params(solver="lbfgs", max_iter=200).fit(X, Y)
    found = mlp.loss_
    mlp.set_params(solver="adam", max_iter=1).fit(X, Y)
    assert mlp.loss_ < 0.1
    assert found < 0.01


def test_averaging_goes_on_from_weights_that_were_set_by_hand():
    mlp = begun(averaging=0.5, max_iter=1, learning_rate_init=1e-9)
    mlp.coefs_ = [np.full_like(W, 0.7) for W in mlp.coefs_]
    mlp.fit(X, Y)
    np.testing.assert_allclose(mlp.coefs_[0], 0.7, atol=1e-6)


def test_the_history_goes_on_over_a_change_of_solver():
    mlp = begun(solver="lbfgs", max_iter=3, tol=0.0)
    mlp.set_params(solver="adam", max_iter=2).fit(X, Y)
    assert mlp.history_["epoch"] == [1, 2, 3, 4, 5]
    assert mlp.history_["loss"] == mlp.loss_curve_


@pytest.mark.parametrize("hidden", [(8,), (4, 4), (4, 1), ()], ids=str)
def test_a_network_of_another_size_cannot_go_on(hidden):
    mlp = begun(max_iter=1)
    with pytest.raises(UsageError, match="of another size than before is fitted with warm_start=False"):
        mlp.set_params(hidden_layer_sizes=hidden).fit(X, Y)
    mlp.set_params(warm_start=False).fit(X, Y)
    assert mlp.network_.sizes == (4, *hidden, 1)


def test_weights_of_another_shape_are_not_spread_over_the_layer():
    mlp = begun(max_iter=1)
    mlp.coefs_[0] = np.ones(4)
    with pytest.raises(UsageError, match=r"for W1 of shape \(4, 4\), got \(4,\)"):
        mlp.predict(X)


@pytest.mark.parametrize("first", [False, True])
def test_early_stopping_can_be_switched_between_two_fits(first):
    mlp = begun(early_stopping=first, max_iter=3)
    mlp.set_params(early_stopping=not first).fit(X, Y)
    assert len(mlp.loss_curve_) == 6
    scores, losses = ([mlp.validation_scores_, mlp.best_validation_score_], [mlp.best_loss_])
    counted, left_out = (losses, scores) if first else (scores, losses)
    assert None not in counted
    assert left_out == [None] * len(left_out)


def test_partial_fit_goes_on_after_a_fit_with_early_stopping():
    mlp = begun(early_stopping=True, max_iter=3)
    mlp.set_params(early_stopping=False).partial_fit(X, Y)
    assert np.isfinite(mlp.best_loss_)
