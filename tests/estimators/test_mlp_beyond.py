"""What scikit-learn's MLP refuses or was never asked: losses, rules, averages, callbacks, looks inside."""

import os
import signal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csr_array, random_array
from sklearn.base import clone
from sklearn.callback import ScoringMonitor
from sklearn.datasets import load_iris, make_regression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clearprop import MLPClassifier, MLPRegressor
from clearprop.equations import ACTIVATIONS, LOSSES, RULES, SCHEDULES, get_loss, get_rule, get_schedule
from clearprop.errors import UsageError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
QUICK = {"random_state": 0, "max_iter": 3, "hidden_layer_sizes": (6, 4)}


def same_bits(first, second):
    pairs = zip(first.coefs_ + first.intercepts_, second.coefs_ + second.intercepts_, strict=True)
    return all(a.tobytes() == b.tobytes() for a, b in pairs)


# Parts


@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"step"}))
def test_every_activation_trains(activation):
    mlp = MLPClassifier(activation=activation, **{**QUICK, "max_iter": 40, "learning_rate_init": 0.01}).fit(X, Y)
    assert mlp.loss_curve_[-1] < mlp.loss_curve_[0]


def test_each_layer_can_have_its_activation():
    mlp = MLPClassifier(activation=["tanh", "selu"], **QUICK).fit(X, Y)
    assert [layer.activation for layer in mlp.network_.layers] == ["tanh", "selu", "softmax"]


@pytest.mark.parametrize(
    "loss", sorted(name for name in LOSSES if LOSSES[name].targets not in ("distribution", "unit"))
)
def test_every_loss_for_numbers_trains(loss):
    y = np.exp(X[:, 0] - X[:, 1])
    mlp = MLPRegressor(loss, **{**QUICK, "max_iter": 80, "learning_rate_init": 0.01}).fit(X, y)
    assert mlp.loss_curve_[-1] < mlp.loss_curve_[0]
    assert mlp.out_activation_ == ("exp" if loss in ("poisson", "gamma") else "identity")


@pytest.mark.parametrize("loss", ["log_loss", "focal", get_loss("cross_entropy", label_smoothing=0.1)], ids=repr)
def test_losses_for_classes(loss):
    mlp = MLPClassifier(loss=loss, **{**QUICK, "max_iter": 200, "learning_rate_init": 0.02}).fit(X, Y)
    assert mlp.score(X, Y) > 0.9


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_update_rule_trains_by_name(rule):
    mlp = MLPClassifier(solver=rule, **{**QUICK, "max_iter": 30, "learning_rate_init": 0.01}).fit(X, Y)
    assert mlp.loss_curve_[-1] < mlp.loss_curve_[0]


def test_an_update_rule_with_options_is_taken_as_it_is():
    rule = get_rule("adamw", weight_decay=0.5, learning_rate=0.02)
    mlp = MLPClassifier(solver=rule, clip_norm=1.0, **QUICK).fit(X, Y)
    assert mlp._optimizer.rule == get_rule("adamw", weight_decay=0.5, learning_rate=0.02, clip_norm=1.0)
    assert mlp.history_["learning_rate"] == [0.02] * 3


@pytest.mark.parametrize(
    "schedule", [*sorted(SCHEDULES), get_schedule("warm_up", then=get_schedule("cosine"))], ids=repr
)
def test_every_schedule_sets_the_rates(schedule):
    mlp = MLPClassifier(learning_rate=schedule, **{**QUICK, "max_iter": 6, "batch_size": 150}).fit(X, Y)
    by_name = get_schedule(schedule) if isinstance(schedule, str) else schedule
    losses = mlp.history_["loss"]
    expected = [0.001 * by_name.factor(epoch, 6, losses[:epoch]) for epoch in range(6)]
    np.testing.assert_allclose(mlp.history_["learning_rate"], expected)


def test_dropout_and_limits_reach_the_network():
    mlp = MLPClassifier(dropout=0.3, max_norm=2.0, alpha_l1=0.1, clip_value=0.5, **QUICK).fit(X, Y)
    assert [layer.dropout for layer in mlp.network_.layers] == [0.0, 0.3, 0.3]
    assert all(np.linalg.norm(W, axis=0).max() <= 2.0 + 1e-9 for W in mlp.coefs_)
    assert mlp.network_.objective.l1 == 0.1
    every = MLPClassifier(dropout=[0.1, 0.2, 0.3], **QUICK).fit(X, Y)
    assert [layer.dropout for layer in every.network_.layers] == [0.1, 0.2, 0.3]


def test_averaged_weights_are_the_mean_over_epochs():
    settings = {**QUICK, "batch_size": 30, "tol": 0.0}
    averaged = MLPClassifier(averaging=0.5, **settings).fit(X, Y)
    plain, weights = MLPClassifier(**settings), []
    for _ in range(3):
        weights.append(plain.partial_fit(X, Y, classes=[0, 1, 2]).coefs_[0].copy())
    expected = (0.5 * weights[2] + 0.25 * weights[1] + 0.125 * weights[0]) / 0.875
    np.testing.assert_allclose(averaged.coefs_[0], expected, rtol=1e-12)
    looped = MLPClassifier(averaging=0.5, **settings)
    for _ in range(3):
        looped.partial_fit(X, Y, classes=[0, 1, 2])
    assert same_bits(looped, averaged)


# Rows


def test_sparse_rows_give_the_same_bits_whatever_the_chunk(monkeypatch):
    sparse = csr_array(np.where(np.abs(X) > 0.8, X, 0.0))
    settings = {**QUICK, "batch_size": 16, "early_stopping": True}
    dense = MLPClassifier(**settings).fit(sparse.toarray(), Y)
    monkeypatch.setattr("clearprop.training.sparse_rows.DENSE_BYTES", 40 * 4 * 8)
    chunked = MLPClassifier(**settings).fit(sparse, Y)
    assert same_bits(dense, chunked)
    np.testing.assert_array_equal(chunked.predict_proba(sparse), dense.predict_proba(sparse.toarray()))


def test_sparse_rows_are_never_dense_all_at_once(monkeypatch):
    monkeypatch.setattr("clearprop.training.sparse_rows.DENSE_BYTES", 100 * 500 * 8)
    made_dense, dense = [], csr_array.toarray
    monkeypatch.setattr(csr_array, "toarray", lambda X: made_dense.append(X.shape[0]) or dense(X))
    rows = random_array((9000, 500), density=1e-3, rng=np.random.default_rng(0), format="csr")
    MLPRegressor("squared_error", (2,), max_iter=1, batch_size=50).fit(rows, np.arange(9000.0)).predict(rows)
    assert max(made_dense) == 100


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_frames_are_read_and_their_names_kept(frame):
    columns = {name: X[:, i] for i, name in enumerate("abcd")}
    mlp = MLPClassifier(**QUICK).fit(frame(columns), Y)
    assert same_bits(mlp, MLPClassifier(**QUICK).fit(X, Y))
    assert list(mlp.feature_names_in_) == list("abcd")
    np.testing.assert_array_equal(mlp.predict(frame(columns)), mlp.predict(pd.DataFrame(columns)))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_that_of_the_rows(dtype, solver):
    mlp = MLPRegressor(solver=solver, **QUICK).fit(X.astype(dtype), Y)
    assert {array.dtype for array in mlp.coefs_ + mlp.intercepts_} == {np.dtype(dtype)}
    assert mlp.predict(X.astype(dtype)).dtype == dtype


# Looks inside


def test_hidden_activations_lead_to_the_predictions():
    mlp = MLPClassifier(activation=["tanh", "relu"], **QUICK).fit(X, Y)
    first, second = mlp.hidden_activations(X)
    np.testing.assert_allclose(first, np.tanh(X @ mlp.coefs_[0] + mlp.intercepts_[0]), rtol=1e-12)
    np.testing.assert_allclose(second, np.maximum(first @ mlp.coefs_[1] + mlp.intercepts_[1], 0), rtol=1e-12)
    z = second @ mlp.coefs_[2] + mlp.intercepts_[2]
    np.testing.assert_array_equal(z.argmax(axis=1), mlp.predict(X))


def test_the_trace_names_features_and_classes():
    frame = pd.DataFrame(X, columns=list("abcd"))
    mlp = MLPClassifier(**QUICK).fit(frame, np.array(["x", "y", "z"])[Y])
    trace = mlp.trace(frame, np.array(["x", "y", "z"])[Y])
    np.testing.assert_allclose(trace["a3"], mlp.predict_proba(frame), rtol=1e-12)
    assert list(trace.names.inputs) == list("abcd")
    assert list(trace.names.outputs) == ["x", "y", "z"]


@pytest.mark.parametrize("kind", ["classes", "labels", "numbers"])
def test_the_gradient_is_certified_by_the_engine_that_trains(kind):
    settings = {**QUICK, "activation": ["tanh", "relu"], "dropout": 0.2, "alpha": 0.1}
    y = {"classes": Y, "labels": np.eye(3, dtype=int)[Y], "numbers": np.c_[Y, -Y, X[:, 0]]}[kind]
    mlp = (MLPRegressor if kind == "numbers" else MLPClassifier)(**settings).fit(X, y)
    certificate = mlp.certify_gradient(X, y, np.linspace(0, 2, 150))
    assert certificate.passed, certificate
    assert certificate.conclusive


def test_input_jacobian_is_the_derivative_of_the_outputs():
    mlp = MLPClassifier(activation="tanh", **QUICK).fit(X, Y)
    jacobian = mlp.input_jacobian(X[:5])
    step = np.zeros(4)
    step[2] = 1e-6
    numerical = (mlp.predict_proba(X[:5] + step) - mlp.predict_proba(X[:5] - step)) / 2e-6
    np.testing.assert_allclose(jacobian[:, :, 2], numerical, atol=1e-8)


def test_history_has_a_record_of_each_epoch():
    mlp = MLPClassifier(**QUICK).fit(X, Y, validation_data=(X, Y, np.ones(150)))
    assert mlp.history_["epoch"] == [1, 2, 3]
    assert mlp.history_["loss"] == mlp.loss_curve_
    np.testing.assert_allclose(mlp.history_["validation_metric"][-1], mlp.score(X, Y))


# scikit-learn's callbacks


class StopAfter:
    """A callback that asks for an end after some tasks, and remembers the scores until then."""

    def __init__(self, n):
        self.n, self.scores = n, []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        self.scores.append(fitted_estimator.score(X, y))
        return len(self.scores) >= self.n


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_callbacks_see_every_epoch_and_can_end_the_fit(solver):
    callback = StopAfter(4)
    mlp = MLPClassifier(solver=solver, **{**QUICK, "max_iter": 50}).set_callbacks(callback).fit(X, Y)
    assert mlp.n_iter_ == 4
    assert callback.scores[-1] == mlp.score(X, Y)
    assert len(set(callback.scores)) > 1


class SendSignal(StopAfter):
    """A callback that sends a signal at the end of the n-th task."""

    def __init__(self, n, number):
        super().__init__(n)
        self.number = number

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        super().on_fit_task_end(estimator, context, X=X, y=y, fitted_estimator=fitted_estimator)
        if len(self.scores) == self.n:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_ctrl_c_ends_the_fit_with_what_was_learned_as_in_scikit_learn(solver):
    mlp = MLPClassifier(solver=solver, **{**QUICK, "max_iter": 50}).set_callbacks(SendSignal(3, signal.SIGINT))
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        mlp.fit(X, Y)
    assert 3 <= mlp.n_iter_ < 50
    assert len(mlp.loss_curve_) == mlp.n_iter_
    assert mlp.predict(X).shape == (150,)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_signal_to_terminate_is_not_swallowed(solver):
    mlp = MLPClassifier(solver=solver, **{**QUICK, "max_iter": 50}).set_callbacks(SendSignal(3, signal.SIGTERM))
    with pytest.warns(UserWarning, match="interrupted"), pytest.raises(KeyboardInterrupt):
        mlp.fit(X, Y)
    assert mlp.predict(X).shape == (150,)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_scoring_monitor_works_inside_pipeline_and_grid_search(n_jobs):
    monitor = ScoringMonitor(scoring="accuracy")
    mlp = MLPClassifier(**QUICK).set_callbacks(monitor)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), mlp), {"mlpclassifier__alpha": [0.1, 1.0]}, cv=2, n_jobs=n_jobs
    ).fit(X, Y)
    assert search.best_score_ > 0.2
    epochs = [row for row in _rows(monitor) if row["task_name"] == "epoch"]
    assert {row["task_id"] for row in epochs} == {0, 1, 2}


def _rows(monitor):
    logs = monitor.get_logs(select="all")
    return [row for log in (logs if isinstance(logs, list) else [logs]) for row in log.data]


# Errors


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "rellu"}, "did you mean 'relu'"),
        ({"activation": ["relu"]}, "one entry per hidden layer"),
        ({"activation": "step"}, "step"),
        ({"solver": "adm"}, "did you mean 'adam'"),
        ({"learning_rate": "cosin"}, "did you mean 'cosine'"),
        ({"loss": "logloss"}, "did you mean 'log_loss'"),
        ({"loss": "squared_error"}, "not one for classes"),
        ({"initializer": "he"}, "initializer"),
        ({"alpha": -1}, "alpha must be a number of 0 or more, got -1"),
        ({"max_iter": 2.5}, "max_iter must be a whole number of 1 or more, got 2.5"),
        ({"hidden_layer_sizes": (3, 0)}, "hidden_layer_sizes must be > 0"),
        ({"dropout": [0.1]}, "one per layer's input"),
        ({"dropout": "half"}, "dropout must be a number in .0, 1., or one per layer, got 'half'"),
        ({"activation": None}, "unknown activation None"),
        ({"loss": (100,)}, "loss must be the name of a loss"),
        ({"engine": "gpu"}, "unknown engine"),
        ({"on_divergence": "shrug"}, "on_divergence"),
        ({"solver": "lbfgs", "dropout": 0.5}, "dropout"),
    ],
    ids=str,
)
def test_a_setting_without_meaning_is_named(settings, message):
    with pytest.raises(UsageError, match=message):
        MLPClassifier(**{**QUICK, **settings}).fit(X, Y)


def test_targets_a_loss_has_no_meaning_for_are_named():
    with pytest.raises(ValueError, match="row 3"):
        MLPRegressor("poisson", max_iter=2).fit(X, np.where(np.arange(150) == 3, -1.0, 1.0))


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="egative"):
        MLPClassifier(**QUICK).fit(X, Y, sample_weight=np.linspace(-1, 1, 150))


def test_clones_share_nothing():
    mlp = MLPClassifier(solver=get_rule("adam"), **QUICK).fit(X, Y)
    assert not hasattr(clone(mlp), "coefs_")
    assert clone(mlp).get_params() == mlp.get_params()


def test_several_numbers_per_row():
    rows, targets = make_regression(80, 4, n_targets=3, random_state=0)
    mlp = MLPRegressor("squared_error", (30,), solver="lbfgs", max_iter=300, random_state=0).fit(rows, targets)
    assert mlp.predict(rows).shape == (80, 3)
    assert mlp.score(rows, targets) > 0.99
