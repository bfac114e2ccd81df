"""Fitting: what a seed, a weight, a label, a warm start and a partial_fit mean."""

import warnings

import numpy as np
import pytest
from sklearn import neural_network as sklearn_mlp
from sklearn.datasets import load_iris, make_regression
from sklearn.exceptions import ConvergenceWarning

import clearprop
from clearprop import MLPClassifier, MLPRegressor
from clearprop.estimators import DivergenceWarning

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
X3, Y3 = make_regression(60, 5, n_targets=3, noise=1.0, random_state=0)


def same_bits(first, second):
    pairs = zip(first.coefs_ + first.intercepts_, second.coefs_ + second.intercepts_, strict=True)
    return all(a.tobytes() == b.tobytes() for a, b in pairs)


# Chance


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_an_integer_seed_draws_scikit_learns_first_weights(activation):
    settings = {
        "activation": activation,
        "random_state": 7,
        "max_iter": 1,
        "learning_rate_init": 1e-30,
        "solver": "sgd",
    }
    theirs = sklearn_mlp.MLPClassifier(**settings).fit(X, Y)
    ours = MLPClassifier(**settings).fit(X, Y)
    for a, b in zip(theirs.coefs_ + theirs.intercepts_, ours.coefs_ + ours.intercepts_, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-14)


@pytest.mark.parametrize("kind", ["MLPClassifier", "MLPRegressor"])
def test_lbfgs_walks_scikit_learns_way(kind):
    settings = {"solver": "lbfgs", "random_state": 3, "max_iter": 20, "activation": "tanh", "alpha": 0.1}
    theirs = getattr(sklearn_mlp, kind)(**settings).fit(X, Y)
    ours = getattr(clearprop, kind)(**settings).fit(X, Y)
    assert ours.n_iter_ == theirs.n_iter_ == 20
    np.testing.assert_allclose(ours.loss_, theirs.loss_, rtol=1e-6)


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not():
    fits = [MLPClassifier(random_state=seed, max_iter=3, batch_size=32).fit(X, Y) for seed in (1, 1, 2)]
    assert same_bits(fits[0], fits[1])
    assert not same_bits(fits[0], fits[2])


def test_a_random_state_object_is_drawn_from():
    rng = np.random.RandomState(0)
    first = MLPClassifier(random_state=rng, max_iter=1).fit(X, Y)
    second = MLPClassifier(random_state=rng, max_iter=1).fit(X, Y)
    assert not same_bits(first, second)


# partial_fit and warm starts


@pytest.mark.parametrize("solver", ["adam", "sgd", "rmsprop"])
def test_a_loop_of_partial_fit_is_fit_to_the_bit(solver):
    settings = {"solver": solver, "random_state": 0, "batch_size": 32, "dropout": 0.2, "max_iter": 5, "tol": 0.0}
    whole = MLPClassifier(**settings).fit(X, Y)
    looped = MLPClassifier(**settings)
    for _ in range(5):
        looped.partial_fit(X, Y, classes=[0, 1, 2])
    assert same_bits(whole, looped)
    assert looped.loss_curve_ == whole.loss_curve_
    assert looped.t_ == whole.t_ == 5 * len(X)


def test_partial_fit_on_the_batches_of_an_epoch_is_the_epoch():
    settings = {"random_state": 0, "batch_size": 50, "shuffle": False, "max_iter": 2}
    whole = MLPRegressor(**settings).fit(X, Y)
    chunked = MLPRegressor(**settings)
    for _ in range(2):
        for start in range(0, 150, 50):
            chunked.partial_fit(X[start : start + 50], Y[start : start + 50])
    assert same_bits(whole, chunked)


@pytest.mark.parametrize("settings", [{}, {"solver": "sgd", "learning_rate": "invscaling"}], ids=str)
def test_a_warm_start_continues_as_if_it_had_never_stopped(settings):
    settings = {"random_state": 0, "batch_size": 32, "tol": 0.0, **settings}
    whole = MLPClassifier(max_iter=6, **settings).fit(X, Y)
    warm = MLPClassifier(max_iter=3, warm_start=True, **settings).fit(X, Y).fit(X, Y)
    assert same_bits(whole, warm)
    assert warm.n_iter_ == 3
    assert warm.loss_curve_ == whole.loss_curve_


def test_fit_without_warm_start_forgets():
    mlp = MLPClassifier(random_state=0, max_iter=3)
    first = [W.copy() for W in mlp.fit(X, Y).coefs_]
    for a, b in zip(first, mlp.fit(X, Y).coefs_, strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(mlp.loss_curve_) == 3


# Weights and labels


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_a_weight_of_k_is_k_copies(solver):
    copies = np.random.default_rng(0).integers(0, 4, len(X))
    settings = {"solver": solver, "random_state": 0, "max_iter": 5, "batch_size": 10_000, "alpha": 0.1}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Got `batch_size`")
        weighted = MLPClassifier(**settings).fit(X, Y, sample_weight=copies)
        copied = MLPClassifier(**settings).fit(np.repeat(X, copies, axis=0), np.repeat(Y, copies))
    np.testing.assert_allclose(weighted.predict_proba(X), copied.predict_proba(X), rtol=1e-6, atol=1e-9)


def test_class_weight_is_a_weight_of_each_row_of_the_class():
    settings = {"random_state": 0, "max_iter": 5}
    by_class = MLPClassifier(**settings, class_weight={0: 1, 1: 3, 2: 0.5}).fit(X, Y)
    by_row = MLPClassifier(**settings).fit(X, Y, sample_weight=np.array([1, 3, 0.5])[Y])
    assert same_bits(by_class, by_row)


@pytest.mark.parametrize("kind", ["text", "floats", "booleans", "objects"])
def test_results_do_not_depend_on_the_kind_of_labels(kind):
    y = (Y > 0).astype(int) if kind == "booleans" else Y
    labels = {
        "text": np.array(["a", "b", "c"])[y],
        "floats": y.astype(float),
        "booleans": y.astype(bool),
        "objects": np.array(["a", "b", "c"], dtype=object)[y],
    }[kind]
    as_int, other = (MLPClassifier(random_state=0, max_iter=5).fit(X, target) for target in (y, labels))
    assert same_bits(as_int, other)
    np.testing.assert_array_equal(other.classes_[as_int.predict(X)], other.predict(X))


def test_one_class_only_has_one_column_of_probabilities():
    mlp = MLPClassifier(max_iter=2).fit(X, np.full(len(X), "only"))
    assert mlp.predict_proba(X).shape == (len(X), 1)
    assert set(mlp.predict(X)) == {"only"}


# The objective


def test_the_gradient_is_that_of_the_loss():
    """scikit-learn's #8349: for three outputs its L-BFGS gradient is three times that of the loss it returns."""
    mlp = MLPRegressor("squared_error", (4,), "tanh", solver="lbfgs", alpha=0.5, max_iter=3, random_state=0).fit(X3, Y3)
    trace = mlp.trace(X3, Y3)
    J = 0.5 * np.mean(np.sum((mlp.predict(X3) - Y3) ** 2, axis=1))
    J += 0.5 * 0.5 * sum(np.sum(W**2) for W in mlp.coefs_) / len(X3)
    np.testing.assert_allclose([mlp.loss_, trace.J], J, rtol=1e-12)

    direction = np.random.default_rng(0).normal(size=trace.gradient.vector.size)
    h = 1e-6
    moved = []
    for step in (h, -h):
        vector = trace.parameters.vector + step * direction
        W1, b1, W2, b2 = np.split(vector, np.cumsum([20, 4, 12]))
        mlp.coefs_, mlp.intercepts_ = [W1.reshape(5, 4), W2.reshape(4, 3)], [b1, b2]
        moved.append(mlp.trace(X3, Y3).J)
    np.testing.assert_allclose(trace.gradient.vector @ direction, (moved[0] - moved[1]) / (2 * h), rtol=1e-6)


def test_larger_alpha_gives_smaller_weights():
    sizes = [
        sum(np.sum(W**2) for W in MLPClassifier(alpha=alpha, random_state=0, max_iter=100).fit(X, Y).coefs_)
        for alpha in (0.0, 3.0, 30.0)
    ]
    assert sizes == sorted(sizes, reverse=True)


# Divergence


def test_divergence_in_the_first_step_is_a_value_error():
    with pytest.raises(ValueError, match=r"step 1: .* is (inf|nan) at .*data row") as caught:
        MLPRegressor().fit(1e300 * X, Y)
    assert isinstance(caught.value, clearprop.errors.DivergenceError)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_divergence_keeps_the_best_epoch_and_says_so(early_stopping):
    mlp = MLPRegressor(
        activation="identity", solver="sgd", learning_rate_init=1.0, random_state=0, early_stopping=early_stopping
    )
    with pytest.warns(DivergenceWarning, match="were kept"):
        mlp.fit(X, Y)
    assert np.isfinite(mlp.predict(X)).all()
    assert mlp.n_iter_ < 200
    assert not early_stopping or np.isnan(mlp.validation_scores_[-1])


def test_divergence_can_be_an_error():
    mlp = MLPRegressor(activation="identity", solver="sgd", learning_rate_init=1.0, on_divergence="raise")
    with pytest.raises(ValueError, match="diverged"):
        mlp.fit(X, Y)


# Stopping


def test_validation_data_of_another_form_are_refused():
    X, Y = np.eye(4), np.arange(4) % 2
    with pytest.raises(ValueError, match=r"validation_data must be \(X, y\)"):
        MLPClassifier(max_iter=2).fit(X, Y, validation_data=(X,))


def test_the_limit_of_epochs_is_announced():
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\)"):
        MLPClassifier(max_iter=2).fit(X, Y)


def test_early_stopping_restores_the_best_epoch():
    mlp = MLPClassifier(early_stopping=True, random_state=0, learning_rate_init=0.05, max_iter=60).fit(
        X, Y, validation_data=(X[::3], Y[::3])
    )
    assert mlp.score(X[::3], Y[::3]) == mlp.best_validation_score_ == max(mlp.validation_scores_)
    assert len(mlp.validation_scores_) == mlp.n_iter_


def test_a_solver_draws_the_validation_curve_too():
    settings = {"random_state": 0, "max_iter": 5, "solver": "lbfgs", "warm_start": True}
    mlp = MLPClassifier(**settings)
    with pytest.warns(ConvergenceWarning):
        mlp.fit(X, Y, validation_data=(X[:50], Y[:50]))
    assert mlp.history_["validation_metric"][-1] == mlp.score(X[:50], Y[:50])
    assert mlp.history_["metric"][-1] == mlp.score(X, Y)

    with pytest.warns(ConvergenceWarning):
        mlp.fit(X, Y)
    assert mlp.history_["epoch"] == list(range(1, 11))
    assert mlp.history_["loss"] == mlp.loss_curve_
    assert [value is None for value in mlp.history_["validation_loss"]] == [False] * 5 + [True] * 5


def test_validation_data_without_early_stopping_only_fill_the_history():
    settings = {"random_state": 0, "max_iter": 5}
    mlp = MLPClassifier(**settings).fit(X, Y, validation_data=(X[:50], Y[:50]))
    assert same_bits(mlp, MLPClassifier(**settings).fit(X, Y))
    assert len(mlp.history_["validation_loss"]) == 5
    assert None not in mlp.history_["validation_metric"]
    assert mlp.validation_scores_ is None
