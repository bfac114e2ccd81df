"""First derivatives by row and by output: Jacobians, per-row gradients and their norms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.backprop import forward, input_gradient, masked
from clearprop.equations.inputs import encode, one_hot_blocks
from clearprop.equations.sensitivities import output_sensitivities, row_norms
from clearprop.model.columns import check_columns
from clearprop.model.network import Network
from clearprop.model.parameters import Parameters, as_lists
from clearprop.model.trace import Trace

Array = NDArray[Any]


def input_jacobian(network: Network, parameters: Parameters, X: Array) -> Array:
    """Return the Jacobian of the outputs by the inputs, for each row.

    Parameters
    ----------
    X : array (batch, n_columns)

    Returns
    -------
    array (batch, n_out, width)
        ∂a[L]/∂a[0], without dropout. Where there are no categories a[0] is X; the derivative by a category's part of
        a[0] is by its one-hot or embedding row, as a code has none.

    Raises
    ------
    DataError
        If X has not the network's columns, or a category's code is not one of its codes.
    """
    X = check_columns(X, network, parameters.vector.dtype)
    jacobian: Array = _sensitivities(network, parameters, X)[1][0]
    return jacobian


def parameter_jacobian(network: Network, parameters: Parameters, X: Array) -> Array:
    """Return the Jacobian of the outputs by all parameters, for each row.

    Parameters
    ----------
    X : array (batch, n_columns)

    Returns
    -------
    array (batch, n_out, n)
        ∂a[L]/∂θ, in the order of the parameter vector; without dropout.

    Raises
    ------
    DataError
        If X has not the network's columns, or a category's code is not one of its codes.
    """
    X = check_columns(X, network, parameters.vector.dtype)
    a, S = _sensitivities(network, parameters, X)
    H = one_hot_blocks(X, network.inputs.n_numeric, network.inputs.categories)
    blocks = []
    for name, shape in parameters.shapes.items():
        kind, index = name[0], int(name[1:])
        if kind == "b":
            blocks.append(S[index])
            continue
        left, right = (H[index], S[0][:, :, _columns(network, index)]) if kind == "E" else (a[index - 1], S[index])
        outer = left[:, None, :, None] * right[:, :, None, :]
        blocks.append(outer.reshape(len(X), network.n_out, int(np.prod(shape))))
    return np.concatenate(blocks, axis=2)


def row_gradients(trace: Trace) -> Array:
    """Return the gradient of every row's ℓ_n by all parameters, shape (batch, n); the penalty is no row's.

    It takes batch × n numbers of memory; where only their size matters use `row_gradient_norms`. A row without weight
    leaves no trace of its gradient and gets nan.
    """
    delta = _unscaled(trace)
    H = one_hot_blocks(trace.X, trace.network.inputs.n_numeric, trace.network.inputs.categories)
    blocks = []
    for name in trace.parameters:
        kind, index = name[0], int(name[1:])
        if kind == "b":
            blocks.append(delta[index])
            continue
        if kind == "E":
            left, right = H[index], delta[0][:, _columns(trace.network, index)]
        else:
            left, right = masked(trace.a[index - 1], trace.mask[index - 1]), delta[index]
        blocks.append((left[:, :, None] * right[:, None, :]).reshape(len(trace.X), -1))
    return np.concatenate(blocks, axis=1)


def row_gradient_norms(trace: Trace) -> Array:
    """Return ‖∂ℓ_n/∂θ‖ of every row, shape (batch,), from what the trace already holds.

    The rows that pull hardest are the first to look at for wrong labels. No matrix product is needed (one with
    embeddings). A row without weight leaves no trace of its gradient and gets nan.
    """
    delta = _unscaled(trace)
    squares = np.zeros(len(trace.X), trace.scales.dtype)
    for l, layer in enumerate(trace.network.layers, start=1):
        squares += row_norms(masked(trace.a[l - 1], trace.mask[l - 1]), delta[l], layer.bias)
    for name in trace.parameters:
        if name[0] == "E":
            squares += np.sum(delta[0][:, _columns(trace.network, int(name[1:]))] ** 2, axis=1)
    return np.sqrt(squares)


def _sensitivities(network: Network, parameters: Parameters, X: Array) -> tuple[list[Array], list[Array]]:
    """Return the lists a and S of a pass without dropout."""
    W, b, E = as_lists(network, parameters)
    a0 = encode(X, network.inputs.n_numeric, network.inputs.categories, E)
    no_masks = [None] * len(W)
    z, a = forward(a0, W, b, network.f, no_masks)
    return a, output_sensitivities(z, a, W, network.f, no_masks)


def _unscaled(trace: Trace) -> list[Any]:
    """Return ∂ℓ_n/∂z[l], and ∂ℓ_n/∂a[0] as entry 0 where something is embedded."""
    with np.errstate(divide="ignore", invalid="ignore"):
        delta: list[Any] = [None, *(delta_l / trace.scales[:, None] for delta_l in trace.delta[1:])]
    if any(name[0] == "E" for name in trace.parameters):
        delta[0] = input_gradient(delta, as_lists(trace.network, trace.parameters)[0], trace.mask)
    return delta


def _columns(network: Network, k: int) -> slice:
    """Return the columns of a[0] that the k-th categorical column became."""
    start = network.inputs.n_numeric + sum(network.inputs.widths[: k - 1])
    return slice(start, start + network.inputs.widths[k - 1])
