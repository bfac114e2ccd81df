"""Every batch solver on problems with known minima; limits, reports, and what is refused."""

import numpy as np
import pytest

import drawing
from clearprop import TableRegressor
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.errors import DivergenceError, UsageError
from clearprop.model import Dense, Inputs, Network, Objective, Parameters, initial, parameter_shapes
from clearprop.solvers import SOLVERS, Limits, minimise, solve
from clearprop.training import EpochEnded, Plan, Progress, Rows, Training, TrainingEnded, TrainingStarted

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X @ RNG.normal(size=(3, 2)) + 0.1 * RNG.normal(size=(40, 2))
OF_J = [name for name in SOLVERS if name != "trainbr"]
TIGHT = Limits(n_iterations=500, gradient=1e-10)


def opened(network, seed=1):
    return open_session(network, initial(network, seed), get_rule("sgd"), seed=0, engine="numpy")


def run(network, rows, solver="lbfgs", limits=TIGHT, on_iteration=None, seed=1):
    session = opened(network, seed)
    return minimise(session, network, rows, solver, limits, on_iteration), session


def linear(l2=0.0, penalty_per_row=False, **layer):
    objective = Objective("squared_error", l2=l2, penalty_per_row=penalty_per_row)
    return Network(3, (Dense(2, "identity", bias=False, **layer),), objective)


def tanh(l2=0.0, **layer):
    return Network(3, (Dense(4, "tanh", **layer), Dense(2, "identity")), Objective("squared_error", l2=l2))


@pytest.mark.parametrize("solver", OF_J)
@pytest.mark.parametrize("per_row", [False, True], ids=["penalty", "penalty_per_row"])
@pytest.mark.parametrize("weights", [None, RNG.uniform(0, 2, 40)], ids=["alike", "weighted"])
def test_a_linear_network_reaches_ridge_regression(solver, weights, per_row):
    w = np.ones(40) if weights is None else weights
    report, session = run(linear(0.3, per_row), Rows(X, Y, weights), solver)

    A = (X.T * w) @ X / w.sum() + 0.3 / (w.sum() if per_row else 1) * np.eye(3)
    expected = np.linalg.solve(A, (X.T * w) @ Y / w.sum())
    assert report.converged
    np.testing.assert_allclose(session.get_state().parameters.reshape(3, 2), expected, atol=1e-9)
    assert report.condition == pytest.approx(np.linalg.cond(A), rel=1e-6)


@pytest.mark.parametrize("solver", OF_J)
def test_a_network_ends_where_its_gradient_is_within_the_limit(solver):
    limits = Limits(n_iterations=5000, gradient=1e-8)
    report, session = run(tanh(l2=1e-2), Rows(X, Y), solver, limits)
    J, gradient = session.gradients(X, Y)
    assert report.stopped == "converged"
    assert np.max(np.abs(gradient.vector)) <= 1e-8
    assert report.gradient_norm == pytest.approx(np.linalg.norm(gradient.vector), abs=1e-12)
    assert pytest.approx(J, rel=1e-12) == report.J


@pytest.mark.parametrize("solver", ["lbfgs", "cg", "newton"])
def test_softmax_regression_is_scikit_learns_logistic_regression(solver):
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(3)
    classes, weights = rng.integers(0, 3, 40), rng.uniform(0.5, 2, 40)
    network = Network(3, (Dense(3, "softmax"),), Objective("cross_entropy", l2=0.05, reduction="sum"))
    _, session = run(network, Rows(X, classes, weights), solver)
    theirs = LogisticRegression(C=1 / 0.05, tol=1e-12, max_iter=5000).fit(X, classes, weights)
    np.testing.assert_allclose(session.predict(X), theirs.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("solver", OF_J)
def test_embeddings_are_found_again(solver):
    """A teacher with embeddings is fitted exactly: rows of weight 0 and their wrong targets do not count."""
    rng = np.random.default_rng(3)
    inputs = Inputs(2, (3, 4), embedding=(2, "one-hot"))
    network = Network(inputs, (Dense(3, "tanh"), Dense(2, "identity")), "squared_error")
    columns, weights = drawing.columns(inputs, rng, 80), drawing.weights("zeros", rng, 80)
    targets = opened(network, seed=7).predict(columns)
    targets[weights == 0] = 100
    report, _ = run(network, Rows(columns, targets, weights), solver, Limits(n_iterations=3000, gradient=1e-7))
    assert report.J <= 1e-10, str(report)


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_iteration_is_reported_and_the_last_one_is_where_the_session_stays(solver):
    seen = []

    def look(number, J, gradient_norm, vector):
        seen.append((number, J, vector))
        return False

    report, session = run(tanh(), Rows(X, Y), solver, Limits(n_iterations=7), look)
    assert report.stopped == "iterations"
    assert [number for number, _, _ in seen] == list(range(1, 8))
    assert tuple(J for _, J, _ in seen) == report.losses
    np.testing.assert_array_equal(seen[-1][2], session.get_state().parameters)
    assert session.gradients(X, Y)[0] == pytest.approx(report.J, rel=1e-9)


@pytest.mark.parametrize("solver", OF_J)
def test_every_iteration_lowers_the_loss(solver):
    losses = run(tanh(), Rows(X, Y), solver, Limits(n_iterations=15))[0].losses
    assert list(losses) == sorted(losses, reverse=True)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_callback_can_stop_it(solver):
    report, _ = run(tanh(), Rows(X, Y), solver, on_iteration=lambda number, *_: number == 3)
    assert (report.stopped, report.n_iterations) == ("callback", 3)
    assert not report.converged


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_limit_on_evaluations(solver):
    report, _ = run(tanh(), Rows(X, Y), solver, Limits(n_evaluations=15, gradient=0.0))
    assert report.stopped == "evaluations"
    assert 15 < report.n_evaluations < 15 + 40  # looked at between two iterations


@pytest.mark.parametrize("solver", OF_J)
def test_a_limit_on_the_decrease_of_J(solver):
    report, _ = run(tanh(), Rows(X, Y), solver, Limits(gradient=0.0, value=1e-3))
    assert report.stopped == "value"
    assert 0 <= report.losses[-2] - report.losses[-1] <= 1e-3


@pytest.mark.parametrize("solver", SOLVERS)
def test_frozen_layers_keep_their_bits(solver):
    report, session = run(tanh(frozen=True), Rows(X, Y), solver, Limits(n_iterations=20))
    before, after = initial(tanh(), 1).vector, session.get_state().parameters
    np.testing.assert_array_equal(after[:16], before[:16])
    assert report.J < 0.5 * opened(tanh(), 1).gradients(X, Y)[0]


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_start_at_the_minimum_stays_there(solver):
    network, rows = linear(), Rows(X, np.zeros((40, 2)))
    parameters = Parameters(parameter_shapes(network))
    session = open_session(network, parameters, get_rule("sgd"), 0, engine="numpy")
    report = minimise(session, network, rows, solver)
    assert report.converged
    np.testing.assert_array_equal(session.get_state().parameters, 0)


@pytest.mark.parametrize("layer", [{"dropout": 0.5}, {"max_norm": 1.0}], ids=str)
def test_what_changes_the_objective_between_iterations_is_refused(layer):
    with pytest.raises(UsageError, match=next(iter(layer))):
        run(linear(**layer), Rows(X, Y))


def test_a_start_that_is_not_finite_is_refused():
    with pytest.raises(DivergenceError, match="before the first iteration"):
        run(linear(), Rows(1e200 * X, Y))


@pytest.mark.parametrize(
    ("solver", "network", "words"),
    [
        ("lbfg", linear(), "did you mean 'lbfgs'"),
        ("lbfgs", linear(frozen=True), "every layer is frozen"),
        ("lm", Network(3, (Dense(2, "identity"),), "huber"), "needs the loss squared_error"),
        ("lm", Network(3, (Dense(2, "identity"),), Objective("squared_error", l1=0.1)), "l1 = 0.1"),
        ("trainbr", linear(l2=0.1), "finds the penalty itself"),
    ],
    ids=["unknown name", "nothing to train", "huber", "l1", "l2 for trainbr"],
)
def test_what_a_solver_cannot_do_is_refused_in_words(solver, network, words):
    with pytest.raises(UsageError, match=words):
        run(network, Rows(X, Y), solver)


def test_lbfgs_reaches_a_gradient_of_1e_8_on_several_outputs():
    """Scikit-learn cannot (its issue #8349): it divides J, but not the gradient, by the number of outputs."""
    rng = np.random.default_rng(5)
    rows = Rows(rng.normal(size=(100, 5)), rng.normal(size=(100, 3)))
    network = Network(5, (Dense(10, "tanh"), Dense(3, "identity")), Objective("squared_error", l2=1e-3))
    for seed in range(2):
        report, session = run(network, rows, "lbfgs", Limits(n_iterations=20000, gradient=1e-9), seed=seed)
        assert report.stopped == "converged", seed
        assert np.linalg.norm(session.gradients(rows.X, rows.Y)[1].vector) <= 1e-8


def test_the_report_says_in_words_how_it_ended():
    report, _ = run(linear(0.3), Rows(X, Y), "lbfgs")
    assert str(report).startswith(f"lbfgs converged after {report.n_iterations} iterations and ")
    assert "the gradient is within the limit" in str(report)
    assert f"condition number {report.condition:.1e}" in str(report)
    assert report.as_dict()["stopped"] == "converged"
    assert "γ" in str(run(linear(), Rows(X, Y), "trainbr")[0])


# As a training


def plan(**options):
    return Plan(n_epochs=1000, learning_rate=1.0, **options)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_training_by_a_solver_announces_records_and_ends(solver):
    events = []
    session = opened(tanh())
    training = Training(session, tanh(), Rows(X, Y), plan(), listeners=[events.append])
    report, progress = solve(training, solver, Limits(n_iterations=5)), training.progress
    assert isinstance(events[0], TrainingStarted)
    assert isinstance(events[-1], TrainingEnded)
    assert [event.record.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2, 3, 4, 5]
    assert [record.loss for record in progress.records] == list(report.losses)
    assert progress.stopped == "epochs"


def test_a_training_by_a_solver_that_cannot_begin_is_announced_as_ended():
    endings, progress = [], Progress()

    def watch(event):
        if isinstance(event, TrainingEnded):
            endings.append(event.training.progress.stopped)

    session, rows = opened(linear()), Rows(1e200 * X, Y)
    with pytest.raises(DivergenceError):
        solve(Training(session, linear(), rows, plan(), listeners=[watch], progress=progress), "lbfgs", Limits())
    assert endings == ["diverged"]
    assert progress.divergence.quantity == "losses"


def test_a_training_by_a_solver_restores_the_best_epoch_and_has_patience():
    rng = np.random.default_rng(4)
    network = Network(3, (Dense(30, "tanh"), Dense(2, "identity")), "squared_error")
    held = Rows(rng.normal(size=(30, 3)), rng.normal(size=(30, 2)))
    noise = Rows(rng.normal(size=(20, 3)), rng.normal(size=(20, 2)))
    session = opened(network)
    training = Training(session, network, noise, plan(patience=5), held)
    solve(training, "lbfgs", TIGHT)
    progress = training.progress
    assert progress.stopped == "patience"
    assert progress.waited == 5
    np.testing.assert_array_equal(session.get_state().parameters, progress.best.parameters)


def test_the_penalty_of_a_record_is_R_at_its_weights():
    session = opened(tanh(l2=0.2))
    training = Training(session, tanh(l2=0.2), Rows(X, Y), plan())
    solve(training, "lbfgs", Limits(n_iterations=3))
    assert training.progress.records[-1].penalty == pytest.approx(session.trace(X, Y).R, rel=1e-12)


def test_a_training_by_a_solver_ends_when_its_time_is_up():
    training = Training(opened(tanh()), tanh(), Rows(X, Y), plan(max_seconds=1e-9))
    report = solve(training, "lbfgs", TIGHT)
    assert (training.progress.stopped, report.n_iterations) == ("time", 1)


@pytest.mark.parametrize("solver", ["lbfgs", "cg", "newton"])
def test_no_hessian_of_thousands_of_parameters_is_formed_for_two_rows(solver):
    """Its products are few numbers each; its eigenvalues took 100 seconds of a fit of 0.05."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2, 4)), rng.normal(size=2)
    model = TableRegressor("y", optimizer=solver, hidden=(128, 64), n_epochs=2, validation=0)
    report = model.fit({f"x{j}": X[:, j] for j in range(4)} | {"y": y}).solver_report_
    assert model.parameters_.vector.size > 8_000
    assert report.condition is None
