"""Staircases in the native engine: never multiplied out, and still what the equations say."""

from __future__ import annotations

import numpy as np
import pytest

import drawing
from clearprop.engines import Order, exactly_threads, open_session
from clearprop.engines.gradient_check import check_session
from clearprop.equations import get_rule
from clearprop.equations.stages import Embedding, Numbers, OneHot, Staircase
from clearprop.model import Dense, Inputs, Network

STAIRS = (Numbers(2), Staircase(7), Numbers(1), Staircase(1), Staircase(40), OneHot(3), Embedding(4, 2))


def network_of(*units, stages=STAIRS, f="tanh", **first):
    layers = [Dense(n, f, **(first if l == 0 else {})) for l, n in enumerate(units)]
    return Network(Inputs(stages=stages), (*layers, Dense(2, "softmax")), "cross_entropy")


def drawn(network, batch):
    rng = np.random.default_rng(3)
    return drawing.parameters(network, rng), drawing.columns(network.inputs, rng, batch), rng.integers(0, 2, batch)


def opened(network, parameters, engine="native", precision="float64", rule="adam"):
    return open_session(network, parameters, get_rule(rule), 5, engine=engine, precision=precision)


CASES = {
    "small": network_of(9),
    "relu": network_of(33, 5, f="relu"),
    "wide": network_of(120, 70, f="mish"),
    "no hidden layer": network_of(),
    "stairs alone": network_of(6, stages=(Staircase(3), Staircase(16))),
    "dropout of the inputs": network_of(9, dropout=0.3),
    "max-norm": network_of(9, max_norm=0.7),
    "no bias, frozen": network_of(9, bias=False, frozen=True),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("batch", [1, 37, 300])
def test_gradients_and_traces_are_those_of_the_equations(name, batch):
    parameters, X, Y = drawn(CASES[name], batch)
    native, reference = (opened(CASES[name], parameters, engine) for engine in ("native", "numpy"))
    (J, g), (J0, g0) = (session.gradients(X, Y) for session in (native, reference))
    assert J == pytest.approx(J0, rel=1e-12)
    np.testing.assert_allclose(g.vector, g0.vector, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(native.predict(X), reference.predict(X), rtol=1e-11)
    trace, expected = native.trace(X, Y), reference.trace(X, Y)
    for l in range(CASES[name].L + 1):
        np.testing.assert_allclose(trace.a[l], expected.a[l], rtol=1e-11, atol=1e-13)
    for slot in g:
        np.testing.assert_allclose(trace.gradients[slot], g[slot], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_runs_are_those_of_the_equations(name):
    parameters, X, Y = drawn(CASES[name], 300)
    order, rates = Order.of(np.random.default_rng(0).permutation(300), 64), np.full(5, 0.01)
    native, reference = (opened(CASES[name], parameters, engine) for engine in ("native", "numpy"))
    for session in (native, reference):
        session.run(X, Y, None, order, rates)
    np.testing.assert_allclose(native.get_state().parameters, reference.get_state().parameters, rtol=1e-8, atol=1e-9)


def test_its_gradient_is_that_of_j():
    parameters, X, Y = drawn(CASES["wide"], 20)
    for check in check_session(opened(CASES["wide"], parameters), X, Y):
        assert check.relative_error <= 1e-10, check


@pytest.mark.parametrize("name", ["small", "wide"])
@pytest.mark.parametrize("precision", ["float32", "float64", "bf16"])
def test_the_bits_are_those_of_any_number_of_threads(name, precision):
    parameters, X, Y = drawn(CASES[name], 700)
    order, rates = Order.of(np.random.default_rng(0).permutation(700), 333), np.full(3, 0.01)
    found = []
    for n in (1, 2, 3, 5):
        with exactly_threads(n):
            session = opened(CASES[name], parameters, precision=precision)
            session.run(X, Y, None, order, rates)
            found.append((session.get_state().parameters, session.predict(X)))
    for one in found[1:]:
        np.testing.assert_array_equal(one[0], found[0][0])
        np.testing.assert_array_equal(one[1], found[0][1])


@pytest.mark.parametrize("rule", ["adadelta", "rprop", "lion", "nadam"])
def test_nothing_grows_in_the_gap_between_columns_and_stairs(rule):
    parameters, X, Y = drawn(CASES["relu"], 50)
    order, rates = Order.of(np.tile(np.arange(50), 4), 25), np.full(8, 0.01)
    native, reference = (opened(CASES["relu"], parameters, engine, rule=rule) for engine in ("native", "numpy"))
    for session in (native, reference):
        session.run(X, Y, None, order, rates)
    np.testing.assert_allclose(native.predict(X), reference.predict(X), rtol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_a_place_beyond_all_bins_is_answered_as_the_equations_do(value):
    network = CASES["small"]
    parameters, X, _ = drawn(network, 4)
    X[2, 2] = value
    with np.errstate(all="ignore"):
        expected = opened(network, parameters, "numpy").predict(X)
    np.testing.assert_allclose(opened(network, parameters).predict(X), expected, rtol=1e-11)
