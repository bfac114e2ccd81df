"""Numbers at the edges: no NaN from finite input, and no warning (warnings are errors in these tests)."""

from __future__ import annotations

import numpy as np
import pytest

import drawing
from clearprop.engines import ENGINES, Order, Request, choose, present
from clearprop.equations import ACTIVATIONS, LOSSES, get_activation, get_loss, get_rule
from clearprop.model import Dense, Network, Objective, from_arrays

FAR = np.array([[-1e4, -800.0, -40.0, -1e-300, 0.0, 1e-300, 40.0, 800.0, 1e4]])
DTYPES = (np.float64, np.float32)


def opened(engine, network, parameters, rule="sgd"):
    """Open a session; for what an engine says that it cannot do, of the one that `engine="auto"` takes in its place."""
    request = Request(network, get_rule(rule), parameters.vector.dtype)
    able = ENGINES[engine] if ENGINES[engine].why_not(request) is None else choose("auto", request).engine
    return able.open(request, parameters, 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "exp"])
def test_activations_are_finite_from_minus_to_plus_ten_thousand(name, dtype):
    f, z = ACTIVATIONS[name], FAR.astype(dtype)
    a = f.forward(z)
    assert np.all(np.isfinite(a))
    assert a.dtype == dtype
    if name != "step":
        pulled = f.pullback(z, a, np.ones_like(z))
        assert np.all(np.isfinite(pulled))
        assert pulled.dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in ("softmax", "step")])
def test_derivatives_of_any_finite_z_are_numbers(name, dtype):
    """The square of the largest ones overflows."""
    f = ACTIVATIONS[name]
    sizes = np.geomspace(1.0, np.finfo(dtype).max / 4, 40)
    z = np.concatenate([-sizes, [0.0], sizes])[None, :].astype(dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        a = f.forward(z)
        assert not np.isnan(f.derivative(z, a)).any()
        assert not np.isnan(f.second_derivative(z, a)).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LOSSES)
def test_second_derivatives_of_outputs_at_the_end_of_their_range_are_numbers(name, dtype):
    """Where a is 1e-30 its square is 0 in float32."""
    loss = get_loss(name)
    ends = [0.0, np.finfo(dtype).smallest_normal, 1e-30, 1e-15, 0.5, 1 - np.finfo(dtype).epsneg, 1.0]
    a = np.array([[end] for end in ends], dtype)
    with np.errstate(over="ignore"):
        for y in (1.0,) if loss.targets == "positive" else (0.0, 1.0):
            curved = loss.second_derivative(a, np.full_like(a, y))
            assert np.all(np.isfinite(curved))
            assert curved.dtype == dtype


def test_tails_keep_their_digits():
    sigmoid, softplus = get_activation("sigmoid"), get_activation("softplus")
    assert sigmoid.forward(np.array(-700.0)) == pytest.approx(np.exp(-700.0), rel=1e-14)
    assert softplus.forward(np.array(-700.0)) == pytest.approx(np.exp(-700.0), rel=1e-14)
    assert get_activation("elu").forward(np.array(-1e-12)) == pytest.approx(-1e-12, rel=1e-12)
    right = get_loss("binary_cross_entropy").value_from_z(np.array([[50.0]]), np.array([[1.0]]))
    assert right == pytest.approx(np.exp(-50.0), rel=1e-14)
    near = get_loss("log_cosh").value(np.array([[1e-6]]), np.array([[0.0]]))
    assert near == pytest.approx(0.5e-12, rel=1e-9)


@pytest.mark.parametrize("engine", sorted(present()))
@pytest.mark.parametrize(("output", "loss"), list(drawing.pairs()), ids=lambda value: value)
def test_logits_of_ten_thousand_give_no_nan_with_any_loss(engine, output, loss):
    """Where J itself exceeds the largest number (exp(1e4)) it is infinite, and the step is not taken."""
    z = np.array([[1e4, -1e4, 3.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4], [-1e4, 0.0, 1e4]])
    network = Network(3, (Dense(3, output),), loss)
    parameters = from_arrays(network, {"W1": np.eye(3), "b1": np.zeros(3)})
    session = opened(engine, network, parameters)
    Y = drawing.targets(loss, np.random.default_rng(0), 4, 3)
    J, gradient = session.gradients(z, Y)
    assert not np.isnan(session.predict(z)).any()
    assert not np.isnan(J)
    if output != "exp":
        assert not np.isnan(gradient.vector).any()
    session.run(z, Y, None, Order.of(np.arange(4), 4), np.array([1e-6]))
    assert np.all(np.isfinite(session.get_state().parameters))


@pytest.mark.parametrize("engine", sorted(present()))
@pytest.mark.parametrize("size", [1e-30, 1e30])
@pytest.mark.parametrize(
    "loss", [name for name in LOSSES if LOSSES[name].targets in ("real", "nonnegative", "positive")]
)
def test_targets_of_any_size(loss, size, engine):
    network = drawing.network(2, 3, 2, output=LOSSES[loss].canonical or "softplus", objective=loss)
    parameters = drawing.parameters(network, np.random.default_rng(1))
    session = opened(engine, network, parameters)
    J, gradient = session.gradients(np.ones((3, 2)), np.full((3, 2), size))
    assert np.isfinite(J)
    assert np.all(np.isfinite(gradient.vector))


@pytest.mark.parametrize("engine", sorted(present()))
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("output", "loss"), list(drawing.pairs()), ids=lambda value: value)
def test_one_row_constant_inputs_and_weights_of_zero(output, loss, dtype, engine):
    network = drawing.network(2, 3, 2, output=output, objective=loss)
    zeros = drawing.parameters(network, np.random.default_rng(1), 0.0, dtype)
    session = opened(engine, network, zeros, "adam")
    Y = drawing.targets(loss, np.random.default_rng(1), 1, 2)
    for w in (None, np.zeros(1)):
        J, gradient = session.gradients(np.zeros((1, 2)), Y, w)
        assert not np.isnan(J)
        assert not np.isnan(gradient.vector).any()
        session.run(np.zeros((1, 2)), Y, w, Order.of(np.zeros(5, np.int64), 1), np.full(5, 0.1))
        assert np.all(np.isfinite(session.get_state().parameters))


@pytest.mark.parametrize("engine", sorted(present()))
@pytest.mark.parametrize("loss", ["cross_entropy", "focal"])
def test_ten_thousand_classes(loss, engine):
    n = 10_000
    network = Network(1, (Dense(n, "softmax"),), Objective(loss))
    zeros = from_arrays(network, {"W1": np.zeros((1, n)), "b1": np.zeros(n)}, np.float32)
    session = opened(engine, network, zeros)
    y = np.array([0, 4711, n - 1])
    J, gradient = session.gradients(np.ones((3, 1)), y)
    share = 1 / n
    assert J == pytest.approx(np.log(n) * (1 - share) ** (2 if loss == "focal" else 0), rel=1e-5)
    assert np.all(np.isfinite(gradient.vector))
    assert abs(gradient["b1"].sum()) < 1e-5


def test_certain_and_wrong_is_a_large_number_not_an_infinite_one():
    """A saturated output is kept off 0 by the smallest normal number wherever a logarithm of it is taken."""
    a, Y = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    for name in ("cross_entropy", "focal", "binary_cross_entropy", "binary_focal"):
        loss = get_loss(name)
        assert 700 < loss.value(a, Y)[0] < 1500
        assert np.all(np.isfinite(loss.gradient(a, Y)))
