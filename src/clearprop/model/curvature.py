"""Products with the second derivatives of J, at the point where a trace was taken.

Both cost about two passes and never form the matrix, so conjugate gradients can solve with it. The trace holds all
that is needed: weights, penalty, dropout masks and embeddings are those of the pass it recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations import backprop, r_operator
from clearprop.equations.inputs import embedding_gradients, encode_change
from clearprop.equations.objective import gauss_newton_delta, r_output_delta
from clearprop.equations.sensitivities import output_sensitivities
from clearprop.errors import DataError
from clearprop.model.parameters import Parameters, as_lists
from clearprop.model.trace import Trace

Array = NDArray[Any]


def hessian_product(trace: Trace, direction: Array) -> Array:
    """Return ∂²J/∂θ² times a direction: R of the gradient (Pearlmutter 1994).

    Parameters
    ----------
    trace : Trace
        Of the rows J is meant over: ``session.trace(X, Y, weights)``.
    direction : array (n,)
        In the order of the parameter vector.

    Returns
    -------
    array (n,)
        At a kink (relu, absolute error, |W| of l1) the second derivative counts as 0.
    """
    W, b, E = as_lists(trace.network, trace.parameters)
    V, v, VE = as_lists(trace.network, _named(trace, direction))
    f, objective = trace.network.f, trace.network.objective
    Rz, Ra = r_operator.r_forward(_input_change(trace, VE), trace.z, trace.a, W, f, trace.mask, V, v)
    output = (trace.z[-1], trace.a[-1], trace.Y, trace.scales, Rz[-1], Ra[-1])
    Rdelta_L = r_output_delta(objective.loss, f[-1], *output)
    Rdelta = r_operator.r_backward(Rdelta_L, Rz, trace.z, trace.a, trace.delta, W, V, f, trace.mask)
    RdW, Rdb = r_operator.r_gradients(trace.a, Ra, trace.delta, Rdelta, b, trace.mask)
    RdE = _embedding_part(trace, E, lambda: r_operator.r_input_gradient(trace.delta, Rdelta, W, V, trace.mask))
    return _assemble(trace, RdW, Rdb, RdE, direction)


def gauss_newton_product(trace: Trace, direction: Array) -> Array:
    """Return the generalised Gauss–Newton matrix times a direction (Schraudolph 2002).

    It is Gᵀ H G + l2, with G the Jacobian of the network's outputs by the parameters and H the second derivative of D
    by these outputs: positive semidefinite for every loss but the focal ones and gamma without its canonical exp, and
    equal to the Hessian where the network is linear. l2 counts on the parameters that R counts.

    Parameters
    ----------
    trace : Trace
    direction : array (n,)

    Returns
    -------
    array (n,)
    """
    W, b, E = as_lists(trace.network, trace.parameters)
    V, v, VE = as_lists(trace.network, _named(trace, direction))
    f, objective = trace.network.f, trace.network.objective
    Rz, Ra = r_operator.r_forward(_input_change(trace, VE), trace.z, trace.a, W, f, trace.mask, V, v)
    output = (trace.z[-1], trace.a[-1], trace.Y, trace.scales, Rz[-1], Ra[-1])
    delta_L = gauss_newton_delta(objective.loss, f[-1], *output)
    delta = backprop.backward(delta_L, trace.z, trace.a, W, f, trace.mask)
    dW, db = backprop.gradients(trace.a, delta, b, trace.mask)
    dE = _embedding_part(trace, E, lambda: backprop.input_gradient(delta, W, trace.mask))
    return _assemble(trace, dW, db, dE, direction)


def gauss_newton_diagonal(trace: Trace) -> Array:
    """Return the diagonal of the Gauss–Newton matrix, (n,), by one backward pass per output.

    The loss is split from the network after its last activation: Σ_n scale_n Σ_o ℓ″ (∂a[L]_o/∂θ)², plus l2 on the
    parameters that R counts. `gauss_newton_product` does the same, unless the last activation is a softmax, sigmoid or
    exp that is canonical for the loss: that one splits before it.
    """
    W, b, E = as_lists(trace.network, trace.parameters)
    curved = trace.scales[:, None] * trace.network.objective.loss.second_derivative(trace.a[-1], trace.Y)
    S = output_sensitivities(trace.z, trace.a, W, trace.network.f, trace.mask)
    H = [np.einsum("no,noj->nj", curved, S_l**2) for S_l in S]
    x = [backprop.masked(a, mask) for a, mask in zip(trace.a, trace.mask, strict=True)]
    dW, db = backprop.gradients([x_l**2 for x_l in x], H, b, [None] * len(x))
    dE = _embedding_part(trace, E, lambda: H[0])
    return _assemble(trace, dW, db, dE, np.ones_like(trace.parameters.vector))


def output_acceleration(trace: Trace, direction: Array) -> Array:
    """Return the second derivative of a[L] along a direction in the parameters: d²/dt² of a[L] at θ + t direction.

    Parameters
    ----------
    trace : Trace
    direction : array (n,)
        In the order of the parameter vector.

    Returns
    -------
    array (batch, n_out)
    """
    W, _, _ = as_lists(trace.network, trace.parameters)
    V, v, VE = as_lists(trace.network, _named(trace, direction))
    f = trace.network.f
    Rz, Ra = r_operator.r_forward(_input_change(trace, VE), trace.z, trace.a, W, f, trace.mask, V, v)
    return np.asarray(r_operator.r_acceleration(Rz, Ra, trace.z, trace.a, W, f, trace.mask, V))


def _named(trace: Trace, direction: Array) -> Parameters:
    direction = np.asarray(direction, trace.parameters.vector.dtype)
    if direction.shape != trace.parameters.vector.shape:
        raise DataError(
            f"the direction must have shape {trace.parameters.vector.shape}, one number for every parameter, "
            f"got {direction.shape}."
        )
    return Parameters(trace.parameters.shapes, direction)


def _input_change(trace: Trace, VE: list[Any]) -> Array:
    inputs = trace.network.inputs
    change: Array = encode_change(trace.X, inputs.n_numeric, inputs.categories, VE)
    return change


def _embedding_part(trace: Trace, E: list[Any], upstream: Callable[[], Array]) -> list[Any]:
    inputs = trace.network.inputs
    return embedding_gradients(trace.X, inputs.n_numeric, inputs.categories, E, upstream)


def _assemble(trace: Trace, dW: list[Any], db: list[Any], dE: list[Any], direction: Array) -> Array:
    """Return the lists as one vector, with the penalty's l2 times the direction added."""
    product = Parameters(trace.parameters.shapes, dtype=trace.parameters.vector.dtype)
    along, objective = _named(trace, direction), trace.network.objective
    _, l2 = objective.strengths(trace.weights)
    for name in product:
        product[name][...] = {"W": dW, "b": db, "E": dE}[name[0]][int(name[1:])]
        if name[0] == "W" or (name[0] == "b" and objective.penalize_bias):
            product[name][...] += l2 * along[name]
    return product.vector
