"""L-BFGS over all rows: known minima, limits, and what it refuses."""

import numpy as np
import pytest

from clearprop.engines import ENGINES
from clearprop.equations import get_rule
from clearprop.errors import DivergenceError, UsageError
from clearprop.model import Dense, Network, Objective, initial
from clearprop.training import Rows
from clearprop.training.solvers import lbfgs

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X @ RNG.normal(size=(3, 2)) + 0.1 * RNG.normal(size=(40, 2))


def solve(network, rows, **limits):
    session = ENGINES["numpy"].open(network, initial(network, 1), get_rule("sgd"), seed=0)
    return lbfgs(session, network, rows, **limits), session


def linear(l2=0.0, **layer):
    return Network(3, (Dense(2, "identity", bias=False, **layer),), Objective("squared_error", l2=l2))


@pytest.mark.parametrize("weights", [None, RNG.uniform(0, 2, 40)], ids=["alike", "weighted"])
def test_a_linear_network_reaches_ridge_regression(weights):
    w = np.ones(40) if weights is None else weights
    solution, session = solve(linear(l2=0.3), Rows(X, Y, weights), tolerance=1e-10)

    A = (X.T * w) @ X / w.sum() + 0.3 * np.eye(3)
    expected = np.linalg.solve(A, (X.T * w) @ Y / w.sum())
    assert solution.stopped == "converged"
    np.testing.assert_allclose(session.get_state().parameters.reshape(3, 2), expected, atol=1e-8)


def test_every_iteration_lowers_the_loss_and_is_reported():
    seen = []
    network = Network(3, (Dense(8, "tanh"), Dense(2, "identity")), Objective("squared_error"))
    solution, session = solve(network, Rows(X, Y), max_iterations=15, on_iteration=lambda n, J, v: seen.append((n, J)))

    assert solution.stopped == "iterations"
    assert [n for n, _ in seen] == list(range(1, 16))
    assert tuple(J for _, J in seen) == solution.losses
    assert list(solution.losses) == sorted(solution.losses, reverse=True)
    assert solution.J == session.gradients(X, Y)[0]


def test_a_limit_on_evaluations():
    network = Network(3, (Dense(8, "tanh"), Dense(2, "identity")), Objective("squared_error"))
    solution, _ = solve(network, Rows(X, Y), max_evaluations=5, tolerance=0.0)
    assert solution.stopped == "evaluations"
    assert solution.evaluations < 5 + 20  # SciPy looks at the limit between two iterations


def test_frozen_layers_stay():
    network = Network(3, (Dense(4, "tanh", frozen=True), Dense(2, "identity")), Objective("squared_error"))
    solution, session = solve(network, Rows(X, Y))
    before, after = initial(network, 1).vector, session.get_state().parameters
    np.testing.assert_array_equal(after[:16], before[:16])
    assert solution.J < 0.5 * float(np.mean(np.sum(Y**2, axis=1)))


@pytest.mark.parametrize("layer", [{"dropout": 0.5}, {"max_norm": 1.0}], ids=str)
def test_what_changes_the_objective_between_iterations_is_refused(layer):
    with pytest.raises(UsageError, match=next(iter(layer))):
        solve(linear(**layer), Rows(X, Y))


def test_a_start_that_is_not_finite_is_refused():
    with pytest.raises(DivergenceError, match="before the first iteration"):
        solve(linear(), Rows(1e200 * X, Y))
