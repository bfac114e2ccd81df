"""Second derivatives against jax: forward mode over reverse mode, on the same written objective."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import drawing
from clearprop.engines import open_session
from clearprop.equations import LOSSES, get_rule
from clearprop.equations.backprop import forward
from clearprop.equations.losses import BinaryFocal, Focal
from clearprop.equations.objective import row_losses, row_scales
from clearprop.equations.penalties import penalty
from clearprop.errors import DataError
from clearprop.model import (
    Inputs,
    Objective,
    as_lists,
    gauss_newton_diagonal,
    gauss_newton_product,
    hessian_product,
    output_acceleration,
)

jax.config.update("jax_enable_x64", True)

LOSS_PAIRS = list(drawing.pairs())
HIDDEN = [name for name in drawing.TRAINABLE if name not in ("exp", "identity")]


def drawn(seed, network, weights="none", batch=7):
    """Return (trace, direction) at drawn parameters, rows and targets."""
    rng = np.random.default_rng(seed)
    parameters = drawing.parameters(network, rng)
    X = drawing.columns(network.inputs, rng, batch)
    Y = drawing.targets(network.objective.loss.name, rng, batch, network.n_out)
    session = open_session(network, parameters, get_rule("sgd"), seed=seed, engine="numpy")
    trace = session.trace(X, Y, drawing.weights(weights, rng, batch))
    return trace, rng.standard_normal(parameters.vector.size)


def unflatten(trace, vector):
    p = trace.parameters
    return {name: vector[p.slices[name]].reshape(p.shapes[name]) for name in p}


def outputs(trace, vector):
    """Return z[L] and a[L] as a function of the parameter vector, for jax."""
    network, named = trace.network, unflatten(trace, vector)
    W, b = as_lists(network, named)
    a0 = network.stage.forward(jnp.asarray(trace.X), named)
    z, a = forward(a0, W, b, network.f, trace.mask)
    return z[-1], a[-1]


def objective(trace, vector):
    described, named = trace.network.objective, unflatten(trace, vector)
    losses = row_losses(described.loss, trace.network.f[-1], *outputs(trace, vector), jnp.asarray(trace.Y))
    J = jnp.sum(row_scales(jnp.asarray(trace.weights), described.reduction) * losses)
    counted = [array for name, array in named.items() if name[0] in ("Wb" if described.penalize_bias else "W")]
    return J + sum(penalty(array, described.l1, described.l2) for array in counted)


def jax_hessian_product(trace, direction):
    gradient = jax.grad(lambda vector: objective(trace, vector))
    return jax.jvp(gradient, (jnp.asarray(trace.parameters.vector),), (jnp.asarray(direction),))[1]


def jax_gauss_newton_product(trace, direction):
    network, described = trace.network, trace.network.objective
    canonical = described.loss.canonical == network.f[-1].name
    scales, Y = jnp.asarray(trace.scales), jnp.asarray(trace.Y)

    def at(vector):
        return outputs(trace, vector)[0 if canonical else 1]

    def loss(output):
        losses = described.loss.value_from_z(output, Y) if canonical else described.loss.value(output, Y)
        return jnp.sum(scales * losses)

    point = jnp.asarray(trace.parameters.vector)
    output, change = jax.jvp(at, (point,), (jnp.asarray(direction),))
    curved = jax.jvp(jax.grad(loss), (output,), (change,))[1]
    weights = np.concatenate(
        [np.full(trace.parameters[name].size, name[0] in ("Wb" if described.penalize_bias else "W"), float)
         for name in trace.parameters]
    )  # fmt: skip
    return jax.vjp(at, point)[1](curved)[0] + described.l2 * weights * direction


def assert_close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10 * max(1.0, float(np.abs(theirs).max())))


@pytest.mark.parametrize(("output", "loss"), LOSS_PAIRS, ids=["-".join(pair) for pair in LOSS_PAIRS])
def test_products_equal_jax_for_every_output_and_loss(output, loss):
    network = drawing.network(3, 4, 3, hidden="tanh", output=output, objective=Objective(loss, l2=0.1))
    trace, direction = drawn(1, network, weights="zeros")

    assert_close(hessian_product(trace, direction), jax_hessian_product(trace, direction))
    assert_close(gauss_newton_product(trace, direction), jax_gauss_newton_product(trace, direction))


@pytest.mark.parametrize("hidden", HIDDEN)
def test_products_equal_jax_for_every_activation(hidden):
    trace, direction = drawn(2, drawing.network(3, 4, 4, 3, hidden=hidden))

    assert_close(hessian_product(trace, direction), jax_hessian_product(trace, direction))
    assert_close(gauss_newton_product(trace, direction), jax_gauss_newton_product(trace, direction))


@pytest.mark.parametrize("loss", [Focal(focusing=1.0), Focal(1.5), BinaryFocal(1.0), BinaryFocal(3.0)], ids=repr)
def test_products_equal_jax_for_every_focusing(loss):
    network = drawing.network(3, 4, 3, output=LOSSES[loss.name].canonical, objective=Objective(loss))
    trace, direction = drawn(3, network)

    assert_close(hessian_product(trace, direction), jax_hessian_product(trace, direction))


def test_products_include_embeddings_dropout_weights_and_penalties():
    network = drawing.network(
        0, 6, 3, output="softmax", dropout=0.3,
        inputs=Inputs(2, categories=(3, 4, 5), embedding=(2, "one-hot", 3)),
        objective=Objective("cross_entropy", l1=0.01, l2=0.1, penalize_bias=True, reduction="sum"),
    )  # fmt: skip
    trace, direction = drawn(4, network, weights="zeros")

    assert_close(hessian_product(trace, direction), jax_hessian_product(trace, direction))
    assert_close(gauss_newton_product(trace, direction), jax_gauss_newton_product(trace, direction))


@pytest.mark.parametrize("product", [hessian_product, gauss_newton_product])
def test_products_divide_the_penalty_by_the_weight_of_the_rows_where_it_is_per_row(product):
    per_row = drawing.network(3, 4, 3, objective=Objective("squared_error", l2=0.9, penalty_per_row=True))
    plain = drawing.network(3, 4, 3, objective=Objective("squared_error", l2=0.9 / 7))
    (trace, v), (same, _) = drawn(9, per_row), drawn(9, plain)

    np.testing.assert_allclose(product(trace, v), product(same, v), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_the_acceleration_of_the_outputs_equals_jax(hidden):
    network = drawing.network(
        0, 4, 3, 2, hidden=hidden, dropout=0.2, inputs=Inputs(2, categories=(3, 4), embedding=(2, "one-hot"))
    )
    trace, direction = drawn(9, network)
    point, along = jnp.asarray(trace.parameters.vector), jnp.asarray(direction)

    def velocity(vector):
        return jax.jvp(lambda v: outputs(trace, v)[1], (vector,), (along,))[1]

    assert_close(output_acceleration(trace, direction), jax.jvp(velocity, (point,), (along,))[1])


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax"])
def test_the_diagonal_is_that_of_the_gauss_newton_matrix(output, dropout):
    network = drawing.network(
        0, 4, 3, output=output, dropout=dropout, inputs=Inputs(2, categories=(3, 4), embedding=(2, "one-hot")),
        objective=Objective("squared_error", l2=0.1, penalty_per_row=True),
    )  # fmt: skip
    trace, _ = drawn(10, network, weights="zeros")
    matrix = np.stack([gauss_newton_product(trace, unit) for unit in np.eye(trace.parameters.vector.size)])

    np.testing.assert_allclose(gauss_newton_diagonal(trace), np.diag(matrix), atol=1e-13)


def test_the_hessian_is_symmetric():
    trace, u = drawn(5, drawing.network(3, 4, 2, hidden="gelu", bias=False))
    v = np.random.default_rng(6).standard_normal(u.size)

    assert np.isclose(u @ hessian_product(trace, v), v @ hessian_product(trace, u), rtol=1e-12)


def test_gauss_newton_is_never_negative_where_the_loss_is_convex():
    """Not convex are the focal losses, and gamma by any output but its canonical exp."""
    convex = [(f, loss) for f, loss in LOSS_PAIRS if "focal" not in loss and (loss != "gamma" or f == "exp")]
    for output, loss in convex:
        trace, v = drawn(7, drawing.network(3, 4, 3, output=output, objective=loss))

        assert v @ gauss_newton_product(trace, v) >= 0, (output, loss)


def test_a_direction_of_the_wrong_length_is_refused():
    trace, v = drawn(8, drawing.network(3, 4, 2))

    with pytest.raises(DataError, match="one number for every parameter"):
        hessian_product(trace, v[:-1])
