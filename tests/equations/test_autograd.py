"""The equations on NumPy, JAX and PyTorch arrays against the automatic gradient of JAX and of PyTorch: ≤ 1e-10.

PyTorch is left out where it is not installed; the oracles are in `oracles.py`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import oracles
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import drawing
from clearprop.equations import ACTIVATIONS, LOSSES, backprop
from clearprop.equations.dropout import dropout_mask
from clearprop.equations.objective import output_delta, row_losses, row_scales
from clearprop.equations.penalties import penalty, penalty_gradient
from clearprop.model import Dense, Inputs, Network, Objective

TOLERANCE = 1e-10


@pytest.fixture(scope="module", params=["jax", "torch"])
def library(request):
    pytest.importorskip(request.param)
    return getattr(oracles, f"{request.param}_library")()


@np.errstate(over="ignore")  # as in a session: what overflows is cut back
def ours(array, network, parameters, X, Y, weights, masks):
    """Return J and the gradients by the equations, everything made by `array`: no step leaves its library."""
    objective, f, L = network.objective, network.f, network.L
    W = [None, *(array(parameters[f"W{l}"]) for l in range(1, L + 1))]
    b = [None, *(array(parameters[f"b{l}"]) if f"b{l}" in parameters else None for l in range(1, L + 1))]
    X, Y, weights = array(X), array(Y), array(weights)
    masks = [None if mask is None else array(mask) for mask in masks]

    z, a = backprop.forward(X, W, b, f, masks)
    scales = row_scales(weights, objective.reduction)
    J = (scales * row_losses(objective.loss, f[-1], z[-1], a[-1], Y)).sum()
    delta_L = output_delta(objective.loss, f[-1], z[-1], a[-1], Y, scales)
    delta = backprop.backward(delta_L, z, a, W, f, masks)
    dW, db = backprop.gradients(a, delta, b, masks)

    gradient = {f"W{l}": dW[l] for l in range(1, L + 1)} | {f"b{l}": db[l] for l in range(1, L + 1) if b[l] is not None}
    for name in gradient:
        if name[0] == "W" or objective.penalize_bias:
            values = (W if name[0] == "W" else b)[int(name[1:])]
            J = J + penalty(values, objective.l1, objective.l2)
            gradient[name] = gradient[name] + penalty_gradient(values, objective.l1, objective.l2)
    return J, gradient


def assert_equal_to_the_oracle(library, network, seed, weighting="positive"):
    rng = np.random.default_rng(seed)
    batch = 4
    parameters = drawing.parameters(network, rng, 0.6)
    X = drawing.columns(network.inputs, rng, batch)
    Y = drawing.targets(network.objective.loss.name, rng, batch, network.n_out)
    weights = drawing.weights(weighting, rng, batch)
    weights = np.ones(batch) if weights is None else weights
    masks = [
        dropout_mask(seed, 0, l, (batch, network.sizes[l]), layer.dropout, np.float64) if layer.dropout else None
        for l, layer in enumerate(network.layers)
    ]
    as_arrays = [None if mask is None else library.array(mask) for mask in masks]
    J = oracles.objective(library, network, *map(library.array, (X, Y, weights)), as_arrays)
    expected, derivatives = library.value_and_gradient(J, {n: library.array(p.copy()) for n, p in parameters.items()})

    if not all(np.isfinite(np.asarray(derivative)).all() for derivative in derivatives.values()):
        reject()  # of outputs below 1e-154, say, 1 / a² is no number to the oracle

    for array in (np.asarray, library.array):
        found, gradient = ours(array, network, parameters, X, Y, weights, masks)
        assert type(found) in (type(expected), np.float64)
        assert float(found) == pytest.approx(float(expected), rel=TOLERANCE, abs=1e-12)
        assert gradient.keys() == derivatives.keys()
        for name, derivative in derivatives.items():
            difference = np.linalg.norm(np.asarray(gradient[name]) - np.asarray(derivative))
            size = max(np.linalg.norm(np.asarray(derivative)), 1e-3 * (1 + abs(float(expected))))
            assert difference <= TOLERANCE * size, name


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_with_every_output_activation(library, loss, reduction):
    for seed, output in enumerate(output for output, of in drawing.pairs() if of == loss):
        objective, hidden = Objective(loss, reduction=reduction), drawing.dealt(drawing.TRAINABLE, output, loss)
        network = drawing.network(3, 2, 3, hidden=hidden, output=output, objective=objective)
        weighting = drawing.dealt(("none", "positive", "zeros"), output, loss)
        assert_equal_to_the_oracle(library, network, seed, weighting)


WIDTHS = st.sampled_from((1, 3))
LAYERS = st.builds(
    Dense,
    WIDTHS,
    st.sampled_from(drawing.TRAINABLE),
    dropout=st.sampled_from((0.0, 0.4)),
    bias=st.booleans(),
)
STRENGTHS = st.sampled_from((0.0, 0.1))


@st.composite
def networks(draw):
    output, loss = draw(st.sampled_from(tuple(drawing.pairs())))
    last = Dense(3, output, dropout=draw(st.sampled_from((0.0, 0.4))), bias=draw(st.booleans()))
    objective = Objective(
        loss,
        l1=draw(STRENGTHS),
        l2=draw(STRENGTHS),
        penalize_bias=draw(st.booleans()),
        reduction=draw(st.sampled_from(("mean", "sum"))),
    )
    return Network(Inputs(draw(WIDTHS)), (*draw(st.lists(LAYERS, max_size=3)), last), objective)


@settings(max_examples=60, deadline=None)
@given(network=networks(), seed=st.integers(0, 2**32), weighting=st.sampled_from(("none", "positive", "zeros")))
def test_drawn_networks(library, network, seed, weighting):
    assert_equal_to_the_oracle(library, network, seed, weighting)


@pytest.mark.parametrize("name", drawing.TRAINABLE)
def test_every_activation_beside_the_librarys_own(library, name):
    z = np.linspace(-6, 6, 1001).reshape(-1, 7)
    expected = np.asarray(library.activations[name](library.array(z)))
    for array in (np.asarray, library.array):
        np.testing.assert_allclose(np.asarray(ACTIVATIONS[name].forward(array(z))), expected, rtol=1e-12, atol=4e-15)


def test_an_input_gradient_is_the_automatic_one(library):
    rng = np.random.default_rng(0)
    network = drawing.network(3, 2, 3, dropout=0.4)
    parameters = drawing.parameters(network, rng)
    X, Y = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    masks = [dropout_mask(0, 0, l, (4, n), 0.4, np.float64) for l, n in enumerate((3, 2))] + [None]
    arrays = {name: library.array(p.copy()) for name, p in parameters.items()}

    def J(tensors):
        one = library.array(np.ones(4))
        inner = [None if mask is None else library.array(mask) for mask in masks]
        return oracles.objective(library, network, tensors["X"], library.array(Y), one, inner)(arrays)

    _, expected = library.value_and_gradient(J, {"X": library.array(X.copy())})
    W, b = [None, parameters["W1"], parameters["W2"]], [None, parameters["b1"], parameters["b2"]]
    z, a = backprop.forward(X, W, b, network.f, masks)
    delta_L = output_delta(network.objective.loss, network.f[-1], z[-1], a[-1], Y, row_scales(np.ones(4), "mean"))
    delta = backprop.backward(delta_L, z, a, W, network.f, masks)
    np.testing.assert_allclose(backprop.input_gradient(delta, W, masks), np.asarray(expected["X"]), rtol=1e-12)


def test_the_heart_is_under_a_hundred_lines():
    assert len(Path(backprop.__file__).read_text(encoding="utf-8").splitlines()) < 100
