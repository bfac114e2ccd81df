"""The metric that is asked for: as scikit-learn has it, shown, and what an epoch is called best by."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from clearprop import mlp
from clearprop.errors import UsageError
from clearprop.estimators import TableClassifier, TableRegressor, load
from clearprop.training import METRICS, metric

SMALL = {"hidden": (6,), "n_epochs": 12, "learning_rate": 0.05, "random_state": 3}
THEIRS = {
    "accuracy": lambda y, p, w: metrics.accuracy_score(y, p.argmax(axis=1), sample_weight=w),
    "balanced_accuracy": lambda y, p, w: metrics.balanced_accuracy_score(y, p.argmax(axis=1), sample_weight=w),
    "f1_macro": lambda y, p, w: metrics.f1_score(y, p.argmax(axis=1), average="macro", sample_weight=w),
    "log_loss": lambda y, p, w: metrics.log_loss(y, p, sample_weight=w),
    "roc_auc": lambda y, p, w: metrics.roc_auc_score(y, p[:, 1], sample_weight=w),
    "r2": lambda y, a, w: metrics.r2_score(y, a, sample_weight=w),
    "rmse": lambda y, a, w: metrics.root_mean_squared_error(y, a, sample_weight=w),
    "mae": lambda y, a, w: metrics.mean_absolute_error(y, a, sample_weight=w),
}


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_metric_is_that_of_scikit_learn(name, weighted):
    rng = np.random.default_rng(0)
    n, n_classes = 200, 2 if name == "roc_auc" else 3
    w = rng.uniform(0.1, 3, n) if weighted else None
    if METRICS[name].classes:
        network, y = mlp(2, n_classes, output="softmax"), rng.integers(0, n_classes, n)
        a = np.round(rng.dirichlet(np.ones(n_classes), n), 2) + 1e-3  # rounded, so that there are ties
        a /= a.sum(axis=1, keepdims=True)
    else:
        network, y = mlp(2, 1), rng.normal(size=(n, 1))
        a = y + rng.normal(size=(n, 1))
    assert metric(network, a, y, w, name) == pytest.approx(THEIRS[name](y, a, w), rel=1e-12)


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].classes])
def test_the_best_epoch_of_classes_is_that_of_the_metric(name):
    model = TableClassifier(metric=name, **SMALL).fit("breast_cancer")
    shown = model.history_["validation_metric"]
    best = max(shown) if METRICS[name].larger_is_better else min(shown)
    assert model.facts_.best_epoch == 1 + shown.index(best)
    assert model.facts_.metric == name
    assert model.facts_.parts["validation"].metric == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("name", [name for name in METRICS if not METRICS[name].classes])
def test_the_best_epoch_of_numbers_is_that_of_the_metric(name):
    shown = (model := TableRegressor(metric=name, **SMALL).fit("diabetes")).history_["validation_metric"]
    best = max(shown) if METRICS[name].larger_is_better else min(shown)
    assert model.facts_.best_epoch == 1 + shown.index(best)


def test_what_is_monitored_counts_more_than_the_metric():
    model = TableClassifier(metric="roc_auc", monitor="validation_loss", **SMALL).fit("breast_cancer")
    losses = model.history_["validation_loss"]
    assert model.facts_.best_epoch == 1 + losses.index(min(losses))


def test_rows_of_one_class_are_judged_by_their_loss_where_the_metric_says_nothing():
    n = 60
    data = {"x": np.arange(n) % 5.0, "t": np.arange(n, dtype=float), "y": (np.arange(n) < 20).astype(int)}
    model = TableClassifier("y", time="t", metric="roc_auc", **SMALL).fit(data)  # the latest rows are of one class
    losses = model.history_["validation_loss"]
    assert np.isnan(model.history_["validation_metric"]).all()
    assert model.facts_.best_epoch == 1 + losses.index(min(losses))


@pytest.mark.parametrize(
    ("model", "data", "said"),
    [
        (TableClassifier(metric="rmse"), "iris", "is of numbers, the target is of classes; choose one of: accuracy"),
        (TableRegressor(metric="roc_auc"), "diabetes", "is of classes, the target is of numbers; choose one of: r2"),
        (TableClassifier(metric="roc_auc"), "iris", "roc_auc is of two classes, there are 3"),
        (TableClassifier(metric="auc"), "iris", "unknown metric 'auc'"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused(model, data, said):
    with pytest.raises(UsageError, match=said):
        model.fit(data)


def test_a_model_file_keeps_the_metric(tmp_path):
    model = TableClassifier(metric="log_loss", **SMALL).fit("iris")
    model.save(tmp_path / "m.safetensors")
    again = load(tmp_path / "m.safetensors")
    assert again.metric == again.facts_.metric == "log_loss"
    assert again.evaluate("iris").metric == model.evaluate("iris").metric
