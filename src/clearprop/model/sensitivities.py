"""First derivatives by row and by output: Jacobians, per-row gradients and their norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.backprop import input_gradient, masked
from clearprop.equations.sensitivities import output_sensitivities, row_norms
from clearprop.equations.slots import Slot
from clearprop.equations.step import forward
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
    of_stages = network.stage.row_pullback(X, parameters, S[0]) if network.stage.slots else {}
    return np.concatenate([_rows(slot, a, S, of_stages) for slot in network.slots], axis=2)


def row_gradients(trace: Trace) -> Array:
    """Return the gradient of every row's ℓ_n by all parameters, shape (batch, n); the penalty is no row's.

    It takes batch × n numbers of memory; where only their size matters use `row_gradient_norms`. A row without weight
    leaves no trace of its gradient and gets nan.
    """
    network, delta = trace.network, [d if d is None else d[:, None, :] for d in _unscaled(trace)]
    x = [masked(a, mask) for a, mask in zip(trace.a, trace.mask, strict=True)]
    of_stages: dict[str, Array] = {}
    if network.stage.slots:
        of_stages = network.stage.row_pullback(trace.X, trace.parameters, delta[0])
    return np.concatenate([_rows(slot, x, delta, of_stages)[:, 0] for slot in network.slots], axis=1)


def row_gradient_norms(trace: Trace) -> Array:
    """Return ‖∂ℓ_n/∂θ‖ of every row, shape (batch,), from what the trace already holds.

    The rows that pull hardest are the first to look at for wrong labels. No matrix product is needed (one with
    embeddings). A row without weight leaves no trace of its gradient and gets nan.
    """
    delta = _unscaled(trace)
    squares = np.zeros(len(trace.X), trace.scales.dtype)
    for l, layer in enumerate(trace.network.layers, start=1):
        squares += row_norms(masked(trace.a[l - 1], trace.mask[l - 1]), delta[l], layer.bias)
    if trace.network.stage.slots:
        squares += trace.network.stage.row_squares(trace.X, trace.parameters, delta[0])
    return np.sqrt(squares)


def _rows(slot: Slot, x: list[Any], upstream: list[Any], of_stages: Mapping[str, Array]) -> Array:
    """Return each row's derivatives by one parameter array, (batch, k, size), from upstream (batch, k, units)."""
    if slot.kind == "bias":
        return np.asarray(upstream[slot.index])
    if slot.kind == "stage":
        rows = of_stages[slot.name]
    else:
        rows = x[slot.index - 1][:, None, :, None] * upstream[slot.index][:, :, None, :]
    return rows.reshape(*rows.shape[:2], slot.size)


def _sensitivities(network: Network, parameters: Parameters, X: Array) -> tuple[list[Array], list[Array]]:
    """Return the lists a and S of a pass without dropout."""
    no_masks = [None] * len(network.f)
    z, a = forward(network, parameters, X, no_masks)
    return a, output_sensitivities(z, a, as_lists(network, parameters)[0], network.f, no_masks)


def _unscaled(trace: Trace) -> list[Any]:
    """Return ∂ℓ_n/∂z[l], and ∂ℓ_n/∂a[0] as entry 0 where the input has parameters."""
    with np.errstate(divide="ignore", invalid="ignore"):
        delta: list[Any] = [None, *(delta_l / trace.scales[:, None] for delta_l in trace.delta[1:])]
    if trace.network.stage.slots:
        delta[0] = input_gradient(delta, as_lists(trace.network, trace.parameters)[0], trace.mask)
    return delta
