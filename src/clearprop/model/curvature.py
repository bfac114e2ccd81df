"""Products with the second derivatives of J, at the point where a trace was taken.

Both cost about two passes and never form the matrix, so conjugate gradients can solve with it. The trace holds all
that is needed: weights, penalty, dropout masks and input stages are those of the pass it recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations import backprop, r_operator
from clearprop.equations.objective import gauss_newton_delta, r_output_delta
from clearprop.equations.sensitivities import output_sensitivities
from clearprop.equations.slots import by_name
from clearprop.errors import DataError
from clearprop.model.parameters import Parameters, as_lists, joined
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
    network, along = trace.network, _named(trace, direction)
    (W, b), (V, v), f = as_lists(network, trace.parameters), as_lists(network, along), trace.network.f
    Rz, Ra = r_operator.r_forward(_input_change(trace, along), _pass_of(trace, W), V, v)
    output = (trace.z[-1], trace.a[-1], trace.Y, trace.scales, Rz[-1], Ra[-1])
    Rdelta_L = r_output_delta(network.objective.loss, f[-1], *output)
    Rdelta = r_operator.r_backward(Rdelta_L, Rz, trace.delta, _pass_of(trace, W), V)
    RdW, Rdb = r_operator.r_gradients(trace.a, Ra, trace.delta, Rdelta, b, trace.mask)
    of_stages: dict[str, Array] = {}
    if network.stage.slots:
        upstream = backprop.input_gradient(trace.delta, W, trace.mask)
        Rupstream = r_operator.r_input_gradient(trace.delta, Rdelta, W, V, trace.mask)
        of_stages = network.stage.r_pullback(trace.X, trace.parameters, upstream, along, Rupstream)
    return _with_penalty(trace, by_name(network.slots, RdW, Rdb, of_stages), along)


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
    network, along = trace.network, _named(trace, direction)
    (W, _), (V, v), f = as_lists(network, trace.parameters), as_lists(network, along), trace.network.f
    Rz, Ra = r_operator.r_forward(_input_change(trace, along), _pass_of(trace, W), V, v)
    output = (trace.z[-1], trace.a[-1], trace.Y, trace.scales, Rz[-1], Ra[-1])
    return _with_penalty(trace, trace.pull_back(gauss_newton_delta(network.objective.loss, f[-1], *output)), along)


def gauss_newton_diagonal(trace: Trace) -> Array:
    """Return the diagonal of the Gauss–Newton matrix, (n,), by one backward pass per output.

    The loss is split from the network after its last activation: Σ_n scale_n Σ_o ℓ″ (∂a[L]_o/∂θ)², plus l2 on the
    parameters that R counts. `gauss_newton_product` does the same, unless the last activation is a softmax, sigmoid or
    exp that is canonical for the loss: that one splits before it.
    """
    network = trace.network
    W, b = as_lists(network, trace.parameters)
    curved = trace.scales[:, None] * network.objective.loss.second_derivative(trace.a[-1], trace.Y)
    S = output_sensitivities(trace.z, trace.a, W, network.f, trace.mask)
    H = [np.einsum("no,noj->nj", curved, S_l**2) for S_l in S]
    x = [backprop.masked(a, mask) for a, mask in zip(trace.a, trace.mask, strict=True)]
    dW, db = backprop.gradients([x_l**2 for x_l in x], H, b, [None] * len(x))
    of_stages = network.stage.curvature(trace.X, trace.parameters, S[0], curved) if network.stage.slots else {}
    ones = trace.parameters.over(np.ones_like(trace.parameters.vector))
    return _with_penalty(trace, by_name(network.slots, dW, db, of_stages), ones)


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
    network, along = trace.network, _named(trace, direction)
    (W, _), (V, v) = as_lists(network, trace.parameters), as_lists(network, along)
    Rz, Ra = r_operator.r_forward(_input_change(trace, along), _pass_of(trace, W), V, v)
    RRa0 = network.stage.acceleration(trace.X, trace.parameters, along)
    return np.asarray(r_operator.r_acceleration(RRa0, Rz, Ra, _pass_of(trace, W), V))


def _named(trace: Trace, direction: Array) -> Parameters:
    direction = np.asarray(direction, trace.parameters.vector.dtype)
    if direction.shape != trace.parameters.vector.shape:
        raise DataError(
            f"the direction must have shape {trace.parameters.vector.shape}, one number for every parameter, "
            f"got {direction.shape}."
        )
    return trace.parameters.over(direction)


def _pass_of(trace: Trace, W: list[Array]) -> r_operator.Pass:
    return r_operator.Pass(trace.z, trace.a, W, trace.network.f, trace.mask)


def _input_change(trace: Trace, along: Parameters) -> Array:
    return np.asarray(trace.network.stage.pushforward(trace.X, trace.parameters, along))


def _with_penalty(trace: Trace, arrays: Mapping[str, Array], along: Parameters) -> Array:
    """Return arrays by name as one vector, with the penalty's l2 times the direction added where R counts it."""
    _, l2 = trace.network.objective.strengths(trace.weights)
    added = {
        slot.name: arrays[slot.name] + l2 * along[slot.name] if slot.penalised else arrays[slot.name]
        for slot in trace.network.slots
    }
    return joined(trace.network, added)
