"""Rows that are nearly empty are multiplied as they are: to rounding, what is done with them made dense."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix, random_array

from clearprop import MLPClassifier, MLPRegressor
from clearprop.engines import Request
from clearprop.engines.sparse import pays
from clearprop.equations.optimizers import SGD
from clearprop.model import Dense, Network

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
X = csr_array(random_array((300, 1200), density=0.01, format="csr", rng=rng))
NUMBERS = np.asarray(X[:, :600].sum(axis=1))


def never_dense(monkeypatch):
    def refuse(self, *arguments):
        assert self.shape[0] <= 40, "rows of a step were made dense"
        return dense(self, *arguments)

    dense = csr_array.toarray
    monkeypatch.setattr(csr_array, "toarray", refuse)
    monkeypatch.setattr("clearprop.training.loop.METRIC_ROWS", 20)


@pytest.mark.parametrize(
    ("kind", "y", "settings"),
    [
        (MLPClassifier, np.digitize(NUMBERS, [2, 3]), {"solver": "adam"}),
        (MLPClassifier, NUMBERS > 3, {"solver": "sgd", "alpha": 0.1, "alpha_l1": 0.01}),
        (MLPRegressor, NUMBERS, {"solver": "adamw", "dropout": (0.0, 0.3), "clip_norm": 0.5}),
        (MLPRegressor, NUMBERS, {"solver": "schedule_free_adamw", "hidden_layer_sizes": (5, 4), "max_norm": 0.5}),
    ],
    ids=["three classes", "two, penalties", "dropout, a clip", "a gradient beside the weights"],
)
def test_a_fit_on_rows_as_they_are_is_that_on_dense_ones(kind, y, settings, monkeypatch):
    wanted = {"hidden_layer_sizes": (8,), "max_iter": 3, "batch_size": 64, "random_state": 0, "tol": 0} | settings
    on_dense = kind(**wanted).fit(X.toarray(), y, sample_weight=np.linspace(0.5, 2, 300))
    never_dense(monkeypatch)
    as_they_are = kind(**wanted).fit(X, y, sample_weight=np.linspace(0.5, 2, 300))
    np.testing.assert_allclose(as_they_are.loss_curve_, on_dense.loss_curve_, rtol=1e-9)
    for ours, theirs in zip(as_they_are.coefs_, on_dense.coefs_, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)
    assert as_they_are.gradient_certificate_.passed


def test_predictions_are_made_of_rows_as_they_are(monkeypatch):
    model = MLPRegressor(hidden_layer_sizes=(8,), max_iter=2, random_state=0).fit(X, NUMBERS)
    expected = model.predict(X.toarray())
    never_dense(monkeypatch)
    for rows in (X, csr_matrix(X), X.astype(np.float32)):
        np.testing.assert_allclose(model.predict(rows), expected, rtol=1e-5)


def test_a_step_that_is_not_finite_is_not_taken():
    with pytest.raises(ValueError, match="diverged"):
        MLPRegressor(solver="sgd", learning_rate_init=1e300, max_iter=3, random_state=0).fit(X, 1e10 * NUMBERS)


def test_it_pays_where_rows_are_wide_and_nearly_empty_and_nothing_else_is_asked_for():
    def asked(X, precision="float32", **first):
        network = Network(X.shape[1], (Dense(4, "tanh", **first), Dense(1, "identity")), "squared_error")
        return pays(X, Request(network, SGD(), precision))

    assert asked(X)
    assert not asked(X, precision="bf16")
    assert not asked(X[:, :900])
    assert not asked(csr_array(np.ones((3, 1200))))
    assert not asked(X, dropout=0.1)
