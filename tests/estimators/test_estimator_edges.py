"""Numbers at the edges, through the estimators: no NaN from finite input, and no warning (warnings are errors here)."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from clearprop.engines import present
from clearprop.errors import DataError, DivergenceError
from clearprop.solvers import SOLVERS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
y = X[:, 0] * X[:, 1]
labels = (y > 0).astype(int)


@pytest.fixture(params=sorted(present()))
def engine(request):
    return request.param


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    return request.param


@pytest.fixture(autouse=True)
def _short_fits():
    """These fits are short on purpose: that they have not converged is no finding."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def mlp_options(engine, **options):
    return {"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0, "engine": engine} | options


def table_options(engine, dtype, **options):
    return {"hidden": (8,), "n_epochs": 20, "engine": engine, "precision": dtype, "batch_size": 16} | options


def assert_probabilities(p):
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    assert p.min() >= 0


def test_logits_of_ten_thousand_and_more(engine, dtype):
    """The network is trained on inputs that make them, or asked about inputs that do."""
    X_ = X.astype(dtype)
    near = MLPClassifier(**mlp_options(engine)).fit(X_, labels)
    far = MLPClassifier(**mlp_options(engine)).fit(1e4 * X_, labels)
    table = TableClassifier(**table_options(engine, dtype, batch_size=None)).fit(X, labels)
    assert np.isfinite(far.loss_)
    for p in (near.predict_proba(1e6 * X_), far.predict_proba(1e4 * X_), table.predict_proba(1e6 * X)):
        assert_probabilities(p)
    assert not np.isnan(near.predict_log_proba(1e6 * X_)).any()


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_targets_of_any_size(engine, dtype, size):
    """A table's target is standardised, so its size makes no difference but that of the answers."""
    plain = TableRegressor(**table_options(engine, dtype)).fit(X, y)
    table = TableRegressor(**table_options(engine, dtype)).fit(X, size * y)
    np.testing.assert_allclose(table.predict(X) / size, plain.predict(X), rtol=1e-2, atol=1e-3)
    for loss in ("poisson", "gamma"):
        model = TableRegressor(**table_options(engine, dtype, loss=loss)).fit(X, size * (1 + np.abs(y)))
        assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("size", [1e-30, 1e30])
@pytest.mark.parametrize("solver", ["adam", *SOLVERS])
def test_targets_of_any_size_as_they_are(engine, solver, size):
    """An MLP estimator does not standardise them; in float64 their squares are numbers."""
    model = MLPRegressor(**mlp_options(engine, solver=solver, alpha=0.0)).fit(X, size * y)
    assert np.isfinite(model.loss_)
    assert np.isfinite(model.predict(X)).all()


def test_targets_whose_squares_are_no_numbers_are_named(engine):
    with pytest.raises(DivergenceError, match="targets reach") as found:
        MLPRegressor(**mlp_options(engine)).fit(X.astype(np.float32), (1e30 * y).astype(np.float32))
    assert found.value.autopsy.cause.name == "huge_target"


def test_constant_features(engine, dtype):
    constant = np.ones((60, 2))
    model = MLPClassifier(**mlp_options(engine)).fit(constant.astype(dtype), labels)
    assert_probabilities(model.predict_proba(constant.astype(dtype)))
    beside = np.column_stack([constant[:, 0], X[:, 0]])
    assert_probabilities(TableClassifier(**table_options(engine, dtype)).fit(beside, labels).predict_proba(beside))
    with pytest.raises(DataError, match="the same value in every training row"):
        TableClassifier(**table_options(engine, dtype)).fit(constant, labels)


def test_a_constant_target(engine, dtype):
    model = TableRegressor(**table_options(engine, dtype)).fit(X, np.full(60, 3.5))
    assert np.isfinite(model.predict(X)).all()
    assert np.isfinite(model.history_["metric"]).all()


def test_one_sample(engine, dtype):
    model = MLPRegressor(**mlp_options(engine)).fit(X[:1].astype(dtype), y[:1].astype(dtype))
    assert np.isfinite(model.predict(X[:1].astype(dtype))).all()
    two = TableRegressor(**table_options(engine, dtype)).fit(X[:2], y[:2])
    assert np.isfinite(two.predict(X[:1])).all()
    with pytest.raises(DataError, match="1 sample"):
        TableRegressor(**table_options(engine, dtype)).fit(X[:1], y[:1])


def test_weights_that_begin_at_zero_and_rows_without_weight(engine, dtype):
    model = MLPRegressor(**mlp_options(engine, initializer="zeros")).fit(X.astype(dtype), y.astype(dtype))
    assert np.isfinite(model.loss_)
    weights = np.where(np.arange(60) < 50, 0.0, 1.0)  # some batches have none at all
    options = mlp_options(engine, batch_size=10, shuffle=False)
    assert np.isfinite(MLPClassifier(**options).fit(X.astype(dtype), labels, weights).loss_)
    table = TableClassifier(**table_options(engine, dtype, batch_size=5)).fit(X, labels, weights)
    assert np.isfinite(table.history_["loss"]).all()


def test_ten_thousand_classes(engine):
    n = 10_000
    rows = np.tile(RNG.normal(size=(n, 2)), (2, 1))
    mlp = MLPClassifier(**mlp_options(engine, hidden_layer_sizes=(4,)))
    mlp.partial_fit(rows[:500], np.arange(500) % 100, classes=np.arange(n))
    options = table_options(engine, "float32", hidden=(4,), n_epochs=1, batch_size=100)
    table = TableClassifier(**options).fit(rows, np.tile(np.arange(n), 2))
    for model in (mlp, table):
        p = model.predict_proba(rows[:3])
        assert p.shape == (3, n)
        assert_probabilities(p)


@pytest.mark.parametrize("engine", ["native", "numpy"])
def test_the_weights_after_the_last_step_are_finite_or_the_fit_says_so(engine):
    """Every step is checked before its update; nobody checks the weights after the last."""
    X = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    model = MLPClassifier((8,), max_iter=1, learning_rate_init=3e38, engine=engine, random_state=0)
    with pytest.raises(ValueError, match="training diverged"):
        model.fit(X, X[:, 0] > 0)
