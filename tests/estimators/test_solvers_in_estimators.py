"""Batch solvers in the estimators: by name, with a report that stays."""

import signal
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, mlp
from clearprop.equations import get_rule
from clearprop.errors import DivergenceError, UsageError
from clearprop.estimators import InterruptedWarning
from clearprop.files import load_model
from clearprop.fitting.checkpoints import CheckpointPlan, read_resumption
from clearprop.fitting.endings import conclude
from clearprop.fitting.fit import fit
from clearprop.fitting.job import Job
from clearprop.fitting.recipe import Recipe
from clearprop.model import initial
from clearprop.solvers import SOLVERS
from clearprop.training import EpochEnded, Plan, Rows

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3))
SMOOTH = np.column_stack([np.tanh(X[:, 0] - X[:, 1]), X[:, 2] ** 2, X[:, 0]])
CLASSES = ["lbfgs", "cg", "newton"]


@pytest.mark.parametrize("solver", SOLVERS)
def test_an_mlp_regressor_is_fitted_by_every_solver(solver):
    model = MLPRegressor(
        "squared_error", (8,), "tanh", solver=solver, alpha=0.0, max_iter=1000, tol=1e-3, random_state=0
    )
    noisy = SMOOTH + 0.1 * np.random.default_rng(1).normal(size=SMOOTH.shape)
    model.fit(X, noisy)
    assert model.score(X, SMOOTH) > 0.9
    assert model.solver_report_.converged, str(model.solver_report_)
    assert model.solver_report_.solver == solver
    assert model.n_iter_ == model.solver_report_.n_iterations == len(model.loss_curve_)


@pytest.mark.parametrize("solver", CLASSES)
def test_an_mlp_classifier_is_fitted_by_every_solver_of_its_loss(solver):
    y = (SMOOTH[:, 0] > 0) + 2 * (SMOOTH[:, 1] > 1)
    model = MLPClassifier((5,), "tanh", solver=solver, alpha=0.1, max_iter=1000, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.95
    assert model.solver_report_.converged


def test_partial_fit_is_hidden_from_every_solver():
    for solver in SOLVERS:
        assert not hasattr(MLPRegressor(solver=solver), "partial_fit")


def test_an_mlp_by_lbfgs_reaches_the_gradient_it_is_asked_for():
    """Scikit-learn's stops at its ftol, and with several outputs (its #8349) at a gradient of another J."""
    model = MLPRegressor(
        "squared_error", (8,), "tanh", solver="lbfgs", max_iter=20000, max_fun=10**6, tol=1e-9, alpha=0.1
    )
    model.set_params(random_state=0).fit(X, SMOOTH)
    assert model.solver_report_.gradient_norm <= 1e-8


def frame():
    return pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=SMOOTH[:, 0])


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_table_regressor_is_fitted_by_every_solver(solver, tmp_path):
    model = TableRegressor("y", hidden=(6,), activation="tanh", optimizer=solver, l2=0.0, n_epochs=100).fit(frame())
    assert model.evaluate(frame()).scores["r2"] > 0.9
    assert model.solver_report_.solver == model.facts_.optimizer == solver
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
    assert by_steps.facts_.solver_report is None


@pytest.mark.parametrize(
    "setting", [{"learning_rate": 0.1}, {"schedule": "cosine"}, {"clip_norm": 1.0}, {"batch_size": 16}], ids=str
)
def test_a_setting_of_steps_is_not_silently_ignored(setting):
    with pytest.raises(UsageError, match=f"{next(iter(setting))} must be left out beside the batch solver 'lbfgs'"):
        TableRegressor("y", optimizer="lbfgs", **setting).fit(frame())


class KilledError(Exception):
    """Stands for a kill: nothing after it happens."""


def killed_after(n):
    def listen(event):
        if isinstance(event, EpochEnded) and event.record.epoch == n:
            raise KilledError

    return listen


@pytest.mark.parametrize("validation", [0.0, 0.2])
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_kill_loses_one_iteration_at_most(solver, validation, tmp_path):
    """The solver begins anew at the last weights: history, best weights and the count of iterations go on."""
    model = TableRegressor(
        "y", hidden=(4,), activation="tanh", optimizer=solver, l2=0.0, n_epochs=12, validation=validation,
        precision="float64",
    )  # fmt: skip
    with pytest.raises(KilledError):
        model.fit(frame(), listeners=[killed_after(7)], checkpoints=CheckpointPlan(tmp_path))
    found = read_resumption(tmp_path)
    reached = found.progress.epoch
    assert reached in (6, 7)  # the listener of checkpoints comes first
    model.fit(frame(), checkpoints=CheckpointPlan(tmp_path, resume=found))

    losses = model.history_["loss"]
    assert model.history_["epoch"] == list(range(1, len(losses) + 1))
    assert len(losses) == 12 or model.solver_report_.converged
    assert model.solver_report_.n_iterations == len(losses) - reached
    if solver != "trainbr":  # its J is another one after every iteration
        assert losses == sorted(losses, reverse=True)

    rest = CheckpointPlan(resume=read_resumption(tmp_path))
    again = TableRegressor(**model.get_params()).fit(frame(), checkpoints=rest)
    assert again.facts_.epochs == 12 or again.solver_report_.converged
    np.testing.assert_allclose(again.predict(frame()), model.predict(frame()), rtol=1e-3, atol=1e-3)


def test_a_signal_stops_a_solver_and_leaves_its_checkpoint(tmp_path):
    def interrupt(event):
        if isinstance(event, EpochEnded) and event.record.epoch == 3:
            signal.raise_signal(signal.SIGINT)

    model = TableRegressor("y", hidden=(4,), optimizer="lbfgs", n_epochs=1000)
    with pytest.warns(InterruptedWarning), pytest.raises(KeyboardInterrupt):
        model.fit(frame(), listeners=[interrupt], checkpoints=CheckpointPlan(tmp_path, epochs=None))
    assert read_resumption(tmp_path).progress.epoch == 3
    assert model.facts_.signal == signal.SIGINT


def test_a_solver_that_cannot_begin_tells_why():
    """A divergence has an autopsy, whoever trains."""
    with pytest.raises(DivergenceError, match="Before the first iteration: losses is inf") as found:
        MLPRegressor(solver="lbfgs", random_state=0).fit(X, 1e200 * SMOOTH[:, 0])
    assert found.value.divergence.quantity == "losses"
    assert found.value.autopsy.cause.name == "huge_target"
    assert "inf" not in found.value.autopsy.cause.instead
    assert found.value.autopsy.divergence == found.value.divergence


def test_rows_of_a_divergence_have_the_users_numbers():
    targets = np.where(np.arange(80) == 70, 1e200, SMOOTH[:, 0])[:, None]
    rows = Rows(X[40:], targets[40:])
    network = mlp(3, 2, 1, output="identity")
    job = Job(
        recipe=Recipe(optimizer="newton"), network=network, rows=rows, plan=Plan(), rule=get_rule("sgd"),
        start=initial(network, 0), row_numbers=np.arange(40, 80),
    )  # fmt: skip
    fitted = fit(job)
    with pytest.raises(DivergenceError, match="Before the first iteration") as found:
        conclude(fitted)
    assert found.value.autopsy.divergence.row == 70


def test_what_the_solver_cannot_do_is_refused_in_words(tmp_path):
    with pytest.raises(UsageError, match="needs the loss squared_error"):
        TableClassifier("y", optimizer="lm").fit(frame().assign(y=np.where(SMOOTH[:, 0] > 0, "up", "down")))
    with pytest.raises(UsageError, match="cut between two steps"):
        TableRegressor("y", optimizer="lm").fit(frame(), checkpoints=CheckpointPlan(tmp_path, pause_at=3))
    with pytest.raises(UsageError, match="alpha"):
        MLPRegressor(solver="trainbr", alpha=0.01).fit(X, SMOOTH)


def test_trainbr_trains_with_what_the_constructor_has_for_a_default():
    """alpha is 0.0001 there, as in scikit-learn, and trainbr finds a penalty of its own."""
    model = MLPRegressor(hidden_layer_sizes=(4,), solver="trainbr", max_iter=50, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, SMOOTH)
    assert model.network_.objective.l2 == 0
    assert model.solver_report_.alpha > 0
    assert model.score(X, SMOOTH) > 0.5
