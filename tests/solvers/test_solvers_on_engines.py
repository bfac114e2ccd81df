"""Batch solvers ask an engine for gradients, outputs and traces alone: every engine leads them the same way."""

import numpy as np
import pytest

import drawing
from clearprop import MLPRegressor, TableRegressor
from clearprop.engines import open_session, present
from clearprop.equations import get_rule
from clearprop.model import Dense, Inputs, Network, Objective, initial
from clearprop.solvers import SOLVERS, Limits, minimise
from clearprop.training import Rows

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3))
Y = np.column_stack([np.tanh(X[:, 0] - X[:, 1]), X[:, 2] ** 2]) + 0.1 * RNG.normal(size=(50, 2))
W = RNG.uniform(0.2, 2, 50)
OTHERS = sorted(set(present()) - {"numpy"})
OF_J = [name for name in SOLVERS if name != "trainbr"]

FEW = 4
"""Iterations in which two engines' rounding has not yet grown: a solver multiplies it by the condition number."""


def run(engine, solver, network, rows, n_iterations, gradient=0.0):
    session = open_session(network, initial(network, 1), get_rule("sgd"), seed=0, engine=engine)
    report = minimise(session, network, rows, solver, Limits(n_iterations=n_iterations, gradient=gradient))
    return report, session.get_state().parameters


def tanh(solver, penalty=0.05, **description):
    l2 = 0.0 if solver == "trainbr" else penalty
    return Network(3, (Dense(5, "tanh", **description), Dense(2, "identity")), Objective("squared_error", l2=l2))


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("weights", [None, W], ids=["alike", "weighted"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_first_iterations_are_those_of_the_reference_to_rounding(solver, weights, engine):
    rows = Rows(X, Y, weights)
    expected, w = run("numpy", solver, tanh(solver), rows, FEW)
    found, other = run(engine, solver, tanh(solver), rows, FEW)

    assert (found.n_iterations, found.n_evaluations) == (expected.n_iterations, expected.n_evaluations)
    np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-11)
    np.testing.assert_allclose(other, w, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("solver", OF_J)
def test_the_minimum_is_that_of_the_reference(solver, engine):
    limits = {"n_iterations": 5000, "gradient": 1e-9}
    expected, w = run("numpy", solver, tanh(solver), Rows(X, Y), **limits)
    found, other = run(engine, solver, tanh(solver), Rows(X, Y), **limits)

    assert expected.converged
    assert found.converged
    assert found.J == pytest.approx(expected.J, rel=1e-12)
    np.testing.assert_allclose(other, w, atol=1e-6)


@pytest.mark.parametrize("engine", OTHERS)
def test_the_evidence_is_that_of_the_reference(engine):
    expected, _ = run("numpy", "trainbr", tanh("trainbr"), Rows(X, Y), 500, 1e-8)
    found, _ = run(engine, "trainbr", tanh("trainbr"), Rows(X, Y), 500, 1e-8)

    assert found.stopped == expected.stopped == "steady"
    for name in ("alpha", "beta", "effective_parameters", "J"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-6), name


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("solver", ["lbfgs", "cg", "newton"])
def test_classes_and_embeddings_likewise(solver, engine):
    inputs = Inputs(2, (4, 3), embedding=2)
    network = Network(inputs, (Dense(4, "gelu"), Dense(3, "softmax")), Objective("cross_entropy", l2=0.02))
    columns, classes = drawing.columns(inputs, RNG, 60), RNG.integers(0, 3, 60)
    expected, w = run("numpy", solver, network, Rows(columns, classes), FEW)
    found, other = run(engine, solver, network, Rows(columns, classes), FEW)

    np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-10)
    np.testing.assert_allclose(other, w, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("engine", sorted(present()))
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_estimators_run_every_solver_on_the_engine_asked_for(solver, engine):
    options = {"activation": "tanh", "engine": engine, "random_state": 0}
    mlp = MLPRegressor("squared_error", (5,), solver=solver, alpha=0.0, max_iter=1000, tol=1e-3, **options).fit(X, Y)
    table = TableRegressor(hidden=(5,), optimizer=solver, l2=0.0, n_epochs=30, **options).fit(X, Y[:, 0])

    assert mlp.engine_ == table.facts_.engine == engine
    assert mlp.score(X, Y) > 0.9
    assert table.score(X, Y[:, 0]) > 0.9
