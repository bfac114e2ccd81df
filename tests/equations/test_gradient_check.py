"""The checker is checked: it finds right gradients right, wrong ones wrong, and knows where it cannot tell."""

from __future__ import annotations

import math

import numpy as np
import pytest

import drawing
from clearprop.engines import open_session
from clearprop.engines.gradient_check import check_session
from clearprop.equations import get_rule
from clearprop.equations.gradient_check import Probe, check_gradient, directional_derivative
from clearprop.errors import UsageError
from clearprop.model import Objective, Parameters


def opened(seed=1, dtype=np.float64, **description):
    rng = np.random.default_rng(seed)
    network = drawing.network(3, 5, 4, 2, **description)
    session = open_session(network, drawing.parameters(network, rng, 0.7, dtype), get_rule("sgd"), seed, engine="numpy")
    X, Y = rng.standard_normal((6, 3)), rng.standard_normal((6, 2))
    return session, X, Y


class Wrong:
    """A session whose gradient of one parameter array is a little off."""

    def __init__(self, session, name, factor):
        self._session, self._name, self._factor = session, name, factor

    def __getattr__(self, attribute):
        return getattr(self._session, attribute)

    def gradients(self, X, Y, weights=None):
        J, gradient = self._session.gradients(X, Y, weights)
        gradient[self._name][...] *= self._factor
        return J, gradient


def test_a_right_gradient_passes():
    session, X, Y = opened()
    assert all(check.passes(1e-10) for check in check_session(session, X, Y))


@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2", "W3", "b3"])
@pytest.mark.parametrize("factor", [1.001, 0.999])
def test_a_gradient_wrong_by_a_thousandth_fails_in_the_part_where_it_is_wrong(name, factor):
    session, X, Y = opened()
    checks = check_session(Wrong(session, name, factor), X, Y)
    assert [check.name for check in checks if not check.passes(1e-6)] == [name]


@pytest.mark.parametrize("position", [0, 7, 14])
def test_one_wrong_parameter_among_many_is_felt_by_the_directions_alone(position):
    session, X, Y = opened()

    def J(w):
        session.set_state(type(state)(w, step=0))
        return session.gradients(X, Y)[0]

    state = session.get_state()
    gradient = session.gradients(X, Y)[1].vector
    gradient[position] *= 1.01
    (check,) = check_gradient(J, gradient, state.parameters, {"W1": slice(0, 15)}, n_parameters=0, n_directions=5)
    assert check.n_checked == 5
    assert not check.passes(1e-6)


def test_the_taylor_remainder_is_quartered_when_the_step_is_halved():
    """J(w + ε v) = J(w) + ε g·v + O(ε²) for the exact g; for a g wrong by 1 % the remainder is O(ε)."""
    session, X, Y = opened()
    state = session.get_state()
    J, gradient = session.gradients(X, Y)
    v = np.random.default_rng(2).standard_normal(state.parameters.size)

    def remainder(slope, epsilon):
        session.set_state(type(state)(state.parameters + epsilon * v, step=0))
        return abs(session.gradients(X, Y)[0] - J - epsilon * slope)

    slope = gradient.vector @ v
    for epsilon in (1e-3, 5e-4, 2.5e-4):
        assert remainder(slope, epsilon) / remainder(slope, epsilon / 2) == pytest.approx(4, rel=0.02)
    assert remainder(1.01 * slope, 1e-4) / remainder(1.01 * slope, 5e-5) == pytest.approx(2, rel=0.1)


def test_known_derivatives_to_twelve_digits():
    w, v = np.array([0.7]), np.array([1.0])
    for J, exact in (
        (np.exp, np.exp(0.7)),
        (np.sin, np.cos(0.7)),
        (np.log, 1 / 0.7),
        (lambda x: 1e6 + x**3, 3 * 0.49),
        (lambda x: np.exp(30 * x), 30 * np.exp(21)),
    ):
        found = directional_derivative(lambda w, J=J: float(J(w[0])), w, v)
        floor = abs(J(0.7)) if J(0.7) > 1e5 > exact else 0
        assert found == pytest.approx(exact, rel=1e-11, abs=1e-14 * 64 * floor)


def test_a_kink_is_kept_out_by_a_shorter_step():
    """|w| has slope 1 at 0.001; a step across 0 would say something else."""

    def J(w):
        return Probe(abs(float(w[0])), np.sign(w).astype(np.int8))

    assert directional_derivative(J, np.array([0.001]), np.array([1.0])) == pytest.approx(1, rel=1e-10)


def test_on_a_kink_there_is_no_derivative_to_compare_with():
    def J(w):
        return Probe(abs(float(w[0])), np.sign(w).astype(np.int8))

    assert directional_derivative(J, np.array([0.0]), np.array([1.0])) is None
    (check,) = check_gradient(J, np.array([0.3]), np.array([0.0]), {"w": slice(0, 1)})
    assert (check.n_checked, check.n_kinks, check.relative_error) == (0, check.n_kinks, 0.0)
    assert not check.passes()


@pytest.mark.parametrize(
    "description",
    [{"hidden": "relu"}, {"objective": "absolute"}, {"objective": Objective("squared_error", l1=0.1)}],
    ids=repr,
)
def test_a_session_on_a_kink_leaves_it_out(description):
    """W1[0, 0] = 0 is a kink of |W|; a row of zeros with b1 = 0 is one of relu; Y = a[L] one of |a − y|."""
    session, X, Y = opened(**description)
    state = session.get_state()
    X[0] = 0
    parameters = Parameters(session.trace(X, Y).parameters.shapes, state.parameters)
    parameters["b1"][...] = parameters["W1"][0, 0] = 0
    session.set_state(state)
    Y[0] = session.predict(X)[0]
    checks = check_session(session, X, Y)
    assert sum(check.n_kinks for check in checks) > 0
    assert all(check.relative_error <= 1e-8 for check in checks)


@pytest.mark.parametrize(
    ("J", "gradient"),
    [
        (lambda w: math.nan, np.ones(3)),
        (lambda w: math.inf, np.ones(3)),
        (lambda w: float(w @ w), np.full(3, math.nan)),
        (lambda w: float(w @ w), np.array([2.0, math.inf, 2.0])),
    ],
    ids=["J nan", "J infinite", "gradient nan", "gradient infinite"],
)
def test_what_is_no_number_does_not_pass(J, gradient):
    with np.errstate(invalid="ignore"):
        (check,) = check_gradient(J, gradient, np.ones(3), {"w": slice(0, 3)})
    assert check.n_checked > 0
    assert check.relative_error == math.inf
    assert not check.passes(1e300)


def test_a_session_comes_back_in_the_state_it_came_in():
    session, X, Y = opened(dropout=0.3)
    before = session.get_state()
    check_session(session, X, Y)
    assert np.array_equal(session.get_state().parameters, before.parameters)
    with pytest.raises(ValueError, match="Y must have shape"):
        check_session(session, X, Y[:, :1])
    assert np.array_equal(session.get_state().parameters, before.parameters)


def test_float32_has_no_digits_for_differences():
    session, X, Y = opened(dtype=np.float32)
    with pytest.raises(UsageError, match="float64"):
        check_session(session, X, Y)


def test_the_number_of_parameters_and_directions_is_kept_to():
    session, X, Y = opened()
    checks = check_session(session, X, Y, n_parameters=7, n_directions=2)
    assert [check.n_checked for check in checks] == [min(7, check.n_parameters) + 2 for check in checks]
    assert [check.n_parameters for check in checks] == [15, 5, 20, 4, 8, 2]
