"""Jacobians and per-row gradients against jax and against one row at a time."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import drawing
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.equations.backprop import forward
from clearprop.errors import DataError
from clearprop.model import (
    Inputs,
    as_lists,
    input_jacobian,
    parameter_jacobian,
    row_gradient_norms,
    row_gradients,
)

jax.config.update("jax_enable_x64", True)

EMBEDDED = Inputs(2, categories=(3, 4), embedding=(2, "one-hot"))


def drawn(network, seed=1, batch=7):
    rng = np.random.default_rng(seed)
    parameters = drawing.parameters(network, rng)
    X = drawing.columns(network.inputs, rng, batch)
    return parameters, X, drawing.targets(network.objective.loss.name, rng, batch, network.n_out)


def opened(network, parameters):
    return open_session(network, parameters, get_rule("sgd"), seed=5, engine="numpy")


@pytest.mark.parametrize("output", ["identity", "softmax", "sigmoid"])
@pytest.mark.parametrize("hidden", ["tanh", "relu", "softmax"])
def test_input_jacobian_equals_jax(hidden, output):
    network = drawing.network(3, 4, 3, hidden=hidden, output=output)
    parameters, X, _ = drawn(network)
    W, b = as_lists(network, parameters)

    def of_row(x):
        return forward(x[None, :], W, b, network.f, [None] * 3)[1][-1][0]

    expected = jax.vmap(jax.jacobian(of_row))(jnp.asarray(X))
    np.testing.assert_allclose(input_jacobian(network, parameters, X), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("inputs", [Inputs(3), EMBEDDED], ids=["numbers", "embedded"])
def test_parameter_jacobian_equals_jax(inputs):
    network = drawing.network(0, 4, 3, output="softmax", inputs=inputs)
    parameters, X, _ = drawn(network)

    def of_vector(vector):
        named = {name: vector[parameters.slices[name]].reshape(parameters.shapes[name]) for name in parameters}
        W, b = as_lists(network, named)
        a0 = network.stage.forward(jnp.asarray(X), named)
        return forward(a0, W, b, network.f, [None] * 3)[1][-1]

    expected = jax.jacobian(of_vector)(jnp.asarray(parameters.vector))
    np.testing.assert_allclose(parameter_jacobian(network, parameters, X), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_row_gradients_are_those_of_each_row_alone(reduction):
    """Neither the weights nor the penalty nor the other rows play a part."""
    network = drawing.network(0, 4, 3, output="softmax", inputs=EMBEDDED, objective="cross_entropy")
    parameters, X, Y = drawn(network)
    session = opened(network, parameters)
    alone = np.stack([session.gradients(X[n : n + 1], Y[n : n + 1])[1].vector for n in range(len(X))])

    penalised = drawing.network(
        0, 4, 3, output="softmax", inputs=EMBEDDED,
        objective=drawing.Objective("cross_entropy", l2=0.3, reduction=reduction),
    )  # fmt: skip
    trace = opened(penalised, parameters).trace(X, Y, np.arange(1.0, 8.0))

    np.testing.assert_allclose(row_gradients(trace), alone, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(row_gradient_norms(trace), np.linalg.norm(alone, axis=1), rtol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
def test_row_gradient_norms_are_norms_with_dropout_and_without_bias(bias):
    network = drawing.network(4, 6, 5, 2, hidden="relu", dropout=0.4, bias=bias)
    parameters, X, Y = drawn(network)
    trace = opened(network, parameters).trace(X, Y)

    np.testing.assert_allclose(row_gradient_norms(trace), np.linalg.norm(row_gradients(trace), axis=1), rtol=1e-12)


def test_row_gradients_add_up_to_the_gradient():
    network = drawing.network(4, 6, 2)
    parameters, X, Y = drawn(network)
    trace = opened(network, parameters).trace(X, Y, np.linspace(1, 2, 7))

    np.testing.assert_allclose(trace.scales @ row_gradients(trace), trace.gradient.vector, rtol=1e-10, atol=1e-14)


def test_a_row_without_weight_has_no_gradient_to_show():
    network = drawing.network(4, 6, 2)
    parameters, X, Y = drawn(network)
    norms = row_gradient_norms(opened(network, parameters).trace(X, Y, np.array([0.0, 1, 1, 1, 1, 1, 1])))

    assert np.isnan(norms).tolist() == [True, False, False, False, False, False, False]


def test_a_wrong_label_pulls_hardest():
    """A trained classifier gives the largest row gradient to the row whose label was changed."""
    network = drawing.network(2, 8, 2, output="softmax", objective="cross_entropy")
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(-2, 0.5, (40, 2)), rng.normal(2, 0.5, (40, 2))])
    Y = np.repeat([0, 1], 40)
    Y[17] = 1
    parameters = drawing.parameters(network, rng)
    session = open_session(network, parameters, get_rule("sgd"), seed=0, engine="numpy")
    for _ in range(200):
        state = session.get_state()
        gradient = session.gradients(X, Y)[1].vector
        session.set_state(type(state)(state.parameters - 0.5 * gradient, state.slots, state.step + 1))

    assert np.argmax(row_gradient_norms(session.trace(X, Y))) == 17


@pytest.mark.parametrize("jacobian", [input_jacobian, parameter_jacobian])
def test_rows_of_another_network_are_refused(jacobian):
    network = drawing.network(0, 4, 2, inputs=EMBEDDED)
    parameters, X, _ = drawn(network)
    unknown_code = np.where(np.arange(4) == 2, 3.0, X)
    for wrong, message in (
        (X[:, :3], r"\(batch, 4\), got \(7, 3\)"),
        (X[0], "rows are samples"),
        (unknown_code, "0 .. 2"),
    ):
        with pytest.raises(DataError, match=message):
            jacobian(network, parameters, wrong)
