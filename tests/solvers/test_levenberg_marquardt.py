"""Levenberg–Marquardt and Bayesian regularisation against theory: exact fits, every way to solve, the evidence."""

import numpy as np
import pytest
import scipy.optimize

import drawing
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.errors import UsageError
from clearprop.model import Dense, Inputs, Network, Objective, Parameters, initial, mlp
from clearprop.solvers import Limits, gauss_newton, minimise
from clearprop.solvers.gauss_newton import Normal, Products, Stacked
from clearprop.solvers.least_squares import of_objective
from clearprop.solvers.problem import Problem
from clearprop.training import Rows


def opened(network, parameters=None, seed=1):
    return open_session(network, parameters or initial(network, seed), get_rule("sgd"), seed=0, engine="numpy")


def fit(network, rows, solver="lm", n_iterations=2000, gradient=0.0, parameters=None, until=None):
    session = opened(network, parameters)
    stop = None if until is None else lambda number, J, *_: until >= J
    return minimise(session, network, rows, solver, Limits(n_iterations=n_iterations, gradient=gradient), stop), session


def mean_squared_error(session, rows):
    return float(np.mean((session.predict(rows.X) - rows.Y) ** 2))


def with_biases(network, seed, spread=1.0):
    """Return initial parameters with biases: on inputs symmetric about 0, odd units alone would stay odd."""
    parameters = initial(network, seed)
    parameters["b1"][...] = np.random.default_rng(seed).uniform(-spread, spread, parameters["b1"].shape)
    return parameters


# Levenberg–Marquardt


def test_a_teacher_is_found_to_1e_20():
    rng = np.random.default_rng(2)
    teacher = mlp(3, 4, 2, hidden="tanh")
    X = rng.normal(size=(60, 3))
    rows = Rows(X, opened(teacher, drawing.parameters(teacher, rng, scale=1.0)).predict(X))
    report, session = fit(mlp(3, 8, 2, hidden="tanh"), rows, until=1e-21)
    assert mean_squared_error(session, rows) <= 1e-20, str(report)


def test_a_sine_is_fitted_to_1e_16():
    """1e-20 takes some 4,000 iterations: `benchmarks/levenberg_marquardt.py` shows it."""
    X = np.linspace(-1, 1, 40)[:, None]
    network, rows = mlp(1, 15, 1, hidden="tanh"), Rows(X, np.sin(3 * X))
    report, session = fit(network, rows, parameters=with_biases(network, 0), until=0.5e-16)
    assert mean_squared_error(session, rows) <= 1e-16, str(report)


def drawn_problem(l2=0.02, penalty_per_row=False, frozen=False):
    rng = np.random.default_rng(4)
    network = Network(
        Inputs(2, (3,), embedding=2),
        (Dense(4, "tanh"), Dense(3, "sigmoid", frozen=frozen), Dense(2, "identity")),
        Objective("squared_error", l2=l2, penalty_per_row=penalty_per_row),
    )
    rows = Rows(drawing.columns(network.inputs, rng, 25), rng.normal(size=(25, 2)), drawing.weights("zeros", rng, 25))
    return Problem(opened(network, drawing.parameters(network, rng)), network, rows)


@pytest.mark.parametrize("options", [{}, {"l2": 0.0}, {"penalty_per_row": True}, {"frozen": True}], ids=str)
def test_F_is_J_and_its_gradient_is_that_of_J(options):
    problem = drawn_problem(**options)
    squares, w = of_objective(problem, "lm"), problem.start()
    J, g = problem.value_and_gradient(w)
    r, A = squares.residuals(w), squares.jacobian(w)
    assert r @ r / 2 + squares.constant == pytest.approx(J, rel=1e-12)
    np.testing.assert_allclose(A.T @ r, g, atol=1e-12)
    np.testing.assert_allclose(squares.pull_back(w, r), g, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"l2": 0.0}, {"penalty_per_row": True}, {"frozen": True}], ids=str)
def test_the_three_ways_to_a_damped_step_agree(options):
    problem = drawn_problem(**options)
    squares, w = of_objective(problem, "lm"), problem.start()
    r, A = squares.residuals(w), squares.jacobian(w)
    D = np.linspace(0.5, 2, w.size)
    expected = np.linalg.solve(A.T @ A + 0.01 * np.diag(D**2), -A.T @ r)
    for way in (Stacked, Normal, Products):
        model = way(squares, w)
        np.testing.assert_allclose(model.step(0.01, D, r), expected, atol=2e-4, err_msg=way.__name__)
        np.testing.assert_allclose(model.lengths(), np.linalg.norm(A, axis=0), atol=1e-12, err_msg=way.__name__)
        assert model.squared(w) == pytest.approx(np.sum((A @ w) ** 2), rel=1e-10)


def test_the_acceleration_is_the_second_derivative_of_the_residuals():
    problem = drawn_problem()
    squares, w = of_objective(problem, "lm"), problem.start()
    p, h = np.random.default_rng(5).normal(size=w.size), 1e-4
    numerical = (squares.residuals(w + h * p) - 2 * squares.residuals(w) + squares.residuals(w - h * p)) / h**2
    np.testing.assert_allclose(squares.acceleration(w, p), numerical, atol=1e-6)


@pytest.mark.parametrize("way", ["stacked", "normal", "products"])
def test_every_way_walks_to_the_minimum(monkeypatch, way):
    limits = {"stacked": (1000, 3000), "normal": (0, 3000), "products": (0, 0)}[way]
    monkeypatch.setattr(gauss_newton, "STACKED_PARAMETERS", limits[0])
    monkeypatch.setattr(gauss_newton, "NORMAL_PARAMETERS", limits[1])
    rng = np.random.default_rng(7)
    network = mlp(3, 4, 2, hidden="tanh", l2=1e-3)
    rows = Rows(rng.normal(size=(30, 3)), rng.normal(size=(30, 2)))
    report, session = fit(network, rows, gradient=1e-7)
    assert report.stopped == "converged", str(report)
    assert report.J == pytest.approx(session.gradients(rows.X, rows.Y)[0], rel=1e-12)


def test_more_than_3000_parameters_are_fitted_without_any_matrix():
    rng = np.random.default_rng(6)
    network = mlp(20, 150, 2, hidden="tanh")
    rows = Rows(rng.normal(size=(50, 20)), rng.normal(size=(50, 2)))
    report, session = fit(network, rows, n_iterations=30, until=1e-13)
    assert session.get_state().parameters.size == 3452
    assert mean_squared_error(session, rows) <= 1e-12, str(report)
    assert report.condition is None


# Bayesian regularisation


def evidence_maximum(Phi, y, n_flat=0):
    """Return (α, β, γ, m) that maximise the log evidence of y = Φ w + noise, by an independent optimiser.

    The first n_flat columns have a flat prior. Bishop 2006, equation 3.86, the flat ones integrated out by projection.
    """
    flat, rest = Phi[:, :n_flat], Phi[:, n_flat:]
    project = np.eye(len(y)) - flat @ np.linalg.pinv(flat)
    A, t, N = project @ rest, project @ y, len(y) - n_flat
    M = A.shape[1]

    def negative(logs):
        alpha, beta = np.exp(logs)
        H = alpha * np.eye(M) + beta * A.T @ A
        m = beta * np.linalg.solve(H, A.T @ t)
        E = beta / 2 * np.sum((t - A @ m) ** 2) + alpha / 2 * m @ m
        return -(M / 2 * np.log(alpha) + N / 2 * np.log(beta) - E - np.linalg.slogdet(H)[1] / 2)

    found = scipy.optimize.minimize(negative, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13})
    alpha, beta = np.exp(found.x)
    eigenvalues = beta * np.linalg.eigvalsh(A.T @ A)
    m = beta * np.linalg.solve(alpha * np.eye(M) + beta * A.T @ A, A.T @ t)
    return alpha, beta, float(np.sum(eigenvalues / (eigenvalues + alpha))), m


def linear_problem(rows=40, n=6, bias=False, penalize_bias=False):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(rows, n)) * np.geomspace(1, 0.05, n)
    y = X @ rng.normal(size=n) + 0.5 * bias + 0.3 * rng.normal(size=rows)
    objective = Objective("squared_error", penalize_bias=penalize_bias)
    return Network(n, (Dense(1, "identity", bias=bias),), objective), Rows(X, y[:, None])


@pytest.mark.parametrize(("bias", "penalised"), [(False, False), (True, False), (True, True)])
def test_a_linear_network_reaches_the_maximum_of_the_evidence(bias, penalised):
    network, rows = linear_problem(bias=bias, penalize_bias=penalised)
    report, session = fit(network, rows, "trainbr", gradient=1e-9)
    Phi = np.column_stack([np.ones(len(rows)), rows.X]) if bias else rows.X
    alpha, beta, gamma, m = evidence_maximum(Phi, rows.Y[:, 0], n_flat=int(bias and not penalised))
    assert report.stopped == "steady"
    assert report.alpha == pytest.approx(alpha, rel=1e-5)
    assert report.beta == pytest.approx(beta, rel=1e-5)
    assert report.effective_parameters == pytest.approx(gamma, rel=1e-5)
    found = session.get_state().parameters
    expected = np.append(m[1:], m[0]) if penalised else m
    np.testing.assert_allclose(found[: len(expected)], expected, atol=1e-5)


def test_a_weight_of_two_is_two_copies_for_the_evidence():
    network, rows = linear_problem()
    weights = np.where(np.arange(40) % 3 == 0, 2.0, 1.0)
    copies = rows.take(np.repeat(np.arange(40), weights.astype(int)))
    weighted, _ = fit(network, Rows(rows.X, rows.Y, weights), "trainbr", gradient=1e-9)
    copied, _ = fit(network, copies, "trainbr", gradient=1e-9)
    for name in ("alpha", "beta", "effective_parameters"):
        assert getattr(weighted, name) == pytest.approx(getattr(copied, name), rel=1e-6), name


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_evidence_does_not_depend_on_the_reduction(reduction):
    network, rows = linear_problem()
    same = Network(network.inputs, network.layers, Objective("squared_error", reduction=reduction))
    assert fit(same, rows, "trainbr", gradient=1e-9)[0].alpha == pytest.approx(
        fit(network, rows, "trainbr", gradient=1e-9)[0].alpha, rel=1e-7
    )


def test_too_large_a_network_on_noise_determines_few_parameters():
    """Foresee and Hagan 1997: γ stays well below the number of parameters, and hardly grows with the network."""
    rng = np.random.default_rng(9)
    X = np.linspace(-1, 1, 60)[:, None]
    rows = Rows(X, np.sin(3 * X) + 0.1 * rng.normal(size=X.shape))
    found = {}
    for units in (6, 20):
        network = Network(
            1, (Dense(units, "tanh"), Dense(1, "identity")), Objective("squared_error", penalize_bias=True)
        )
        report, session = fit(
            network, rows, "trainbr", gradient=1e-6, n_iterations=500, parameters=with_biases(network, 3)
        )
        found[units] = report.effective_parameters
        assert np.sqrt(1 / report.beta) == pytest.approx(0.1, rel=0.3)
        assert float(np.mean((session.predict(X) - np.sin(3 * X)) ** 2)) <= 0.05**2
    assert found[20] < 61 / 3
    assert found[20] == pytest.approx(found[6], abs=3)


def test_data_without_noise_end_it_sensibly():
    rng = np.random.default_rng(10)
    X = rng.normal(size=(30, 3))
    report, session = fit(mlp(3, 1), Rows(X, X @ np.ones((3, 1))), "trainbr")
    assert report.stopped == "exact"
    assert report.converged
    np.testing.assert_allclose(session.get_state().parameters, [1, 1, 1, 0], atol=1e-12)


@pytest.mark.parametrize("inputs", ["constant", "few"])
def test_data_that_determine_no_weight_leave_the_penalty_as_it_is(inputs):
    """The biases alone, which nothing penalises, make all there is to be made of such data; γ is 0 but for rounding."""
    rng = np.random.default_rng(11)
    X = rng.normal(size=(4, 2)) if inputs == "few" else np.zeros((40, 2))
    network = Network(2, (Dense(3, "tanh"), Dense(1, "identity")), Objective("squared_error"))
    report, _ = fit(network, Rows(X, rng.normal(size=(len(X), 1))), "trainbr", gradient=1e-4)
    assert report.converged
    assert report.effective_parameters == pytest.approx(0, abs=1e-9)
    assert report.alpha > 0


def test_inputs_that_say_the_same_twice_are_no_trouble():
    """Warnings are errors here: none of ill-conditioning may leak."""
    network, rows = linear_problem(bias=True)
    doubled = Network(12, network.layers, network.objective)
    report, _ = fit(doubled, Rows(np.hstack([rows.X, rows.X]), rows.Y), "trainbr", gradient=1e-9)
    assert report.stopped == "steady"
    assert report.effective_parameters <= 6


def test_too_many_parameters_for_the_evidence_are_refused():
    network = mlp(20, 150, 2, hidden="tanh")
    with pytest.raises(UsageError, match="at most 3000 parameters, got 3452"):
        fit(network, Rows(np.ones((5, 20)), np.ones((5, 2))), "trainbr")


def test_parameters_beside_the_free_ones_do_not_count():
    network, rows = linear_problem()
    frozen = Network(6, (Dense(6, "identity", bias=False, frozen=True), *network.layers), network.objective)
    parameters = Parameters(initial(frozen, 0).shapes)
    parameters["W1"][...] = np.eye(6)
    parameters["W2"][...] = 0.1
    report, _ = fit(frozen, rows, "trainbr", gradient=1e-9, parameters=parameters)
    expected, _ = fit(network, rows, "trainbr", gradient=1e-9)
    assert report.effective_parameters == pytest.approx(expected.effective_parameters, rel=1e-6)
