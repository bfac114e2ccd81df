"""Batch solvers in the estimators: by name, with a report that stays."""

import numpy as np
import pandas as pd
import pytest

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from clearprop.errors import UsageError
from clearprop.estimators.checkpoints import CheckpointPlan
from clearprop.files import load_model
from clearprop.training.solvers import SOLVERS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3))
SMOOTH = np.column_stack([np.tanh(X[:, 0] - X[:, 1]), X[:, 2] ** 2, X[:, 0]])
CLASSES = ["lbfgs", "cg", "newton"]


@pytest.mark.parametrize("solver", SOLVERS)
def test_an_mlp_regressor_is_fitted_by_every_solver(solver):
    mlp = MLPRegressor("squared_error", (8,), "tanh", solver=solver, alpha=0.0, max_iter=1000, tol=1e-3, random_state=0)
    noisy = SMOOTH + 0.1 * np.random.default_rng(1).normal(size=SMOOTH.shape)
    mlp.fit(X, noisy)
    assert mlp.score(X, SMOOTH) > 0.9
    assert mlp.solver_report_.converged, str(mlp.solver_report_)
    assert mlp.solver_report_.solver == solver
    assert mlp.n_iter_ == mlp.solver_report_.n_iterations == len(mlp.loss_curve_)


@pytest.mark.parametrize("solver", CLASSES)
def test_an_mlp_classifier_is_fitted_by_every_solver_of_its_loss(solver):
    y = (SMOOTH[:, 0] > 0) + 2 * (SMOOTH[:, 1] > 1)
    mlp = MLPClassifier((5,), "tanh", solver=solver, alpha=0.1, max_iter=1000, random_state=0).fit(X, y)
    assert mlp.score(X, y) > 0.95
    assert mlp.solver_report_.converged


def test_partial_fit_is_hidden_from_every_solver():
    for solver in SOLVERS:
        assert not hasattr(MLPRegressor(solver=solver), "partial_fit")


def test_an_mlp_by_lbfgs_reaches_the_gradient_it_is_asked_for():
    """Scikit-learn's stops at its ftol, and with several outputs (its #8349) at a gradient of another J."""
    mlp = MLPRegressor(
        "squared_error", (8,), "tanh", solver="lbfgs", max_iter=20000, max_fun=10**6, tol=1e-9, alpha=0.1
    )
    mlp.set_params(random_state=0).fit(X, SMOOTH)
    assert mlp.solver_report_.gradient_norm <= 1e-8


def frame():
    return pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=SMOOTH[:, 0])


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_table_regressor_is_fitted_by_every_solver(solver, tmp_path):
    model = TableRegressor("y", hidden=(6,), activation="tanh", optimizer=solver, l2=0.0, n_epochs=100).fit(frame())
    assert model.evaluate(frame()).scores["r2"] > 0.9
    assert model.solver_report_.solver == model.facts_["optimizer"] == solver
    assert len(model.history_["epoch"]) == model.solver_report_.n_iterations
    assert model.parameters_.vector.dtype == np.float32

    model.save(tmp_path / "model.safetensors")
    kept = load_model(tmp_path / "model.safetensors").facts["solver_report"]
    assert kept["stopped"] == model.solver_report_.stopped
    assert kept["n_evaluations"] == model.solver_report_.n_evaluations


def test_a_table_classifier_is_fitted_by_a_solver_and_by_steps():
    table = frame().assign(y=np.where(SMOOTH[:, 0] > 0, "up", "down"))
    by_solver = TableClassifier("y", hidden=(6,), optimizer="lbfgs").fit(table)
    assert by_solver.evaluate(table).scores["accuracy"] > 0.9
    by_steps = TableClassifier("y", hidden=(6,), n_epochs=2).fit(table)
    assert by_steps.solver_report_ is None
    assert by_steps.facts_["solver_report"] is None


def test_what_the_solver_cannot_do_is_refused_in_words(tmp_path):
    with pytest.raises(UsageError, match="needs the loss squared_error"):
        TableClassifier("y", optimizer="lm").fit(frame().assign(y=np.where(SMOOTH[:, 0] > 0, "up", "down")))
    with pytest.raises(UsageError, match="checkpoints are written between steps"):
        TableRegressor("y", optimizer="lm").fit(frame(), checkpoints=CheckpointPlan(tmp_path))
    with pytest.raises(UsageError, match="alpha"):
        MLPRegressor(solver="trainbr").fit(X, SMOOTH)
