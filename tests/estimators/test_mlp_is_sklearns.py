"""With the same first weights and the same order of rows, every number is scikit-learn's."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.optimize
from sklearn import neural_network as sklearn_mlp
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression

import clearprop

N_ROWS, EPOCHS = 53, 4  # batches of 20: the last one has 13 rows
SETTINGS = {
    "batch_size": 20,
    "shuffle": False,
    "hidden_layer_sizes": (5, 4),
    "epsilon": 1e-30,  # adam: ours is added to √v̂ (algorithm 1 of Kingma and Ba), theirs to √v
}


def classes(k):
    X, y = make_classification(N_ROWS, 6, n_informative=4, n_classes=k, random_state=0)
    return X, np.array(list("abcd"))[y]


PROBLEMS = {
    "two classes": ("MLPClassifier", classes(2)),
    "three classes": ("MLPClassifier", classes(3)),
    "labels": ("MLPClassifier", make_multilabel_classification(N_ROWS, 6, random_state=0)),
    "regression": ("MLPRegressor", make_regression(N_ROWS, 6, noise=1.0, random_state=0)),
    "regression of three": ("MLPRegressor", make_regression(N_ROWS, 6, n_targets=3, random_state=0)),
}


def sklearns_first_weights(sizes, activation, seed):
    """Draw coefs_ and intercepts_ as scikit-learn 1.9 does (`BaseMultilayerPerceptron._init_coef`)."""
    rng, coefs, intercepts = np.random.RandomState(seed), [], []
    for n_in, n_out in pairwise(sizes):
        bound = np.sqrt((2 if activation == "logistic" else 6) / (n_in + n_out))
        coefs.append(rng.uniform(-bound, bound, (n_in, n_out)))
        intercepts.append(rng.uniform(-bound, bound, n_out))
    return coefs, intercepts


def train_alike(kind, X, y, weights=None, activation="relu", **settings):
    """Train some epochs in both libraries from the same weights; return (theirs, ours)."""
    settings = {**SETTINGS, "activation": activation, **settings}
    theirs = getattr(sklearn_mlp, kind)(**settings, random_state=0)
    ours = getattr(clearprop, kind)(**settings)
    n_out = y.shape[1] if y.ndim == 2 else 1 if kind == "MLPRegressor" or len(set(y)) == 2 else len(set(y))
    ours.coefs_, ours.intercepts_ = sklearns_first_weights((X.shape[1], 5, 4, n_out), activation, seed=0)
    for mlp in (theirs, ours):
        known = np.unique(y) if y.ndim == 1 else np.arange(n_out)
        first = {} if kind == "MLPRegressor" else {"classes": known}
        for _ in range(EPOCHS):
            mlp.partial_fit(X, y, sample_weight=weights, **first)
    return theirs, ours


def assert_same_weights(theirs, ours):
    for theirs_l, ours_l in zip(theirs.coefs_ + theirs.intercepts_, ours.coefs_ + ours.intercepts_, strict=True):
        np.testing.assert_allclose(ours_l, theirs_l, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_weights_after_some_epochs(problem, solver):
    kind, (X, y) = PROBLEMS[problem]
    theirs, ours = train_alike(kind, X, y, solver=solver, alpha=0.5)
    assert_same_weights(theirs, ours)
    assert ours.t_ == theirs.t_
    assert ours.n_iter_ == theirs.n_iter_


@pytest.mark.parametrize("problem", ["two classes", "three classes", "labels", "regression"])
def test_loss_curve(problem):
    kind, (X, y) = PROBLEMS[problem]
    theirs, ours = train_alike(kind, X, y, alpha=0.5)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-7)
    np.testing.assert_allclose(ours.best_loss_, theirs.best_loss_, rtol=1e-7)


def test_loss_curve_of_several_outputs_sums_over_them_where_scikit_learn_averages():
    """Its gradient is that of the sum (#8349); ours is the gradient of the loss we show."""
    _, (X, y) = PROBLEMS["regression of three"]
    theirs, ours = train_alike("MLPRegressor", X, y, alpha=0.0)
    np.testing.assert_allclose(ours.loss_curve_, 3 * np.array(theirs.loss_curve_), rtol=1e-7)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_out", [1, 2, 3])
def test_scikit_learns_lbfgs_gradient_is_n_outputs_times_that_of_its_loss(n_out, monkeypatch):
    """Its issue #8349, in the function it hands to SciPy: gradient · v over the slope of the loss along v.

    With scikit-learn 1.9.1 the ratios are 1, 2 and 3, to nine digits.
    """
    rng, ratios, minimize = np.random.default_rng(0), [], scipy.optimize.minimize

    def spy(function, x0, args=(), **how):
        v, h = rng.normal(size=x0.size), 1e-6
        slope = (function(x0 + h * v, *args)[0] - function(x0 - h * v, *args)[0]) / (2 * h)
        ratios.append(float(function(x0.copy(), *args)[1] @ v) / slope)
        return minimize(function, x0, args=args, **how)

    monkeypatch.setattr(scipy.optimize, "minimize", spy)
    rows = rng.normal(size=(6, 3)), rng.normal(size=(6, n_out))
    theirs = sklearn_mlp.MLPRegressor(
        hidden_layer_sizes=(4,), activation="tanh", solver="lbfgs", alpha=0, max_iter=2, random_state=0
    )
    theirs.fit(rows[0], rows[1] if n_out > 1 else rows[1].ravel())
    np.testing.assert_allclose(ratios, n_out, rtol=1e-7)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_activations(activation):
    kind, (X, y) = PROBLEMS["three classes"]
    assert_same_weights(*train_alike(kind, X, y, activation=activation))


def test_sample_weights():
    kind, (X, y) = PROBLEMS["three classes"]
    weights = np.random.default_rng(1).uniform(0, 3, N_ROWS)
    assert_same_weights(*train_alike(kind, X, y, weights, alpha=0.5))


@pytest.mark.parametrize(
    "settings",
    [{"momentum": 0.0}, {"nesterovs_momentum": False}, {"learning_rate": "invscaling", "power_t": 0.3}],
    ids=str,
)
def test_ways_of_sgd(settings):
    kind, (X, y) = PROBLEMS["regression"]
    assert_same_weights(*train_alike(kind, X, y / 100, solver="sgd", learning_rate_init=0.05, **settings))


def test_adams_epsilon_makes_little_difference():
    kind, (X, y) = PROBLEMS["three classes"]
    theirs, ours = train_alike(kind, X, y, epsilon=1e-8)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-3)


def test_poisson_loss():
    X, y = PROBLEMS["regression"][1]
    counts = np.random.default_rng(2).poisson(np.exp(y / 100)).astype(float)
    theirs, ours = train_alike("MLPRegressor", X, counts, loss="poisson")
    assert_same_weights(theirs, ours)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-7)
