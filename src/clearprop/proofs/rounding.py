"""How far rounding may move a loss and a gradient: sizes to be multiplied by the rounding unit.

Errors of single operations are taken as independent, so they propagate as roots of sums of squares.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.backprop import masked
from clearprop.model import Parameters, Trace, as_lists

Array = NDArray[Any]


def gross_deltas(trace: Trace, parameters: Parameters, scales: Array) -> list[Array]:
    """Return the size of ∂ℓ_n/∂z[l] as if nothing in it had cancelled; entry 0 is for a[0]."""
    W, _ = as_lists(trace.network, parameters)
    net = _row_deltas(trace, scales)
    a, Y, z = _sizes_of_output(trace)
    gross: list[Any] = [None] * trace.network.L + [(net[-1] + a + Y) * (1 + z) + _amplified(trace)]
    for l in range(trace.network.L, 0, -1):
        upstream = masked(np.sqrt(gross[l] ** 2 @ (W[l] ** 2).T), trace.mask[l - 1])
        gross[l - 1] = upstream if l == 1 else np.maximum(upstream, net[l - 1])
    return gross


def loss_sizes(trace: Trace, gross: list[Array]) -> Array:
    """Return the size of the numbers that each row's loss is summed from, shape (batch,)."""
    a, Y, z = _sizes_of_output(trace)
    output = trace.a[-1].astype(np.float64)
    slopes = np.abs(trace.network.objective.loss.gradient(output, trace.Y.astype(np.float64)))
    sizes: Array = np.abs(trace.losses) + np.sum(a * (1 + slopes) + Y * (1 + z), axis=1)
    for gross_l, z_l in zip(gross[1:], trace.z[1:], strict=True):
        assert z_l is not None
        sizes = sizes + np.sqrt(np.sum((gross_l * z_l) ** 2, axis=1))
    return sizes


class Shares(NamedTuple):
    """What each parameter has in the size of a claim: (batch, n) of a[0], and an array of its shape by its name."""

    inputs: Array
    parameters: dict[str, Array]


def claim_shares(trace: Trace, gross: list[Array], scales: Array) -> Shares:
    """Return what is the same of the size of every claim."""
    scaled = [scales[:, None] * of_layer for of_layer in gross]
    shares = {}
    for slot in trace.network.slots:
        if slot.kind == "bias":
            shares[slot.name] = np.ones((1, len(scales))) @ scaled[slot.index]
        elif slot.kind != "stage":
            x = masked(_size_of(trace, slot.index - 1), trace.mask[slot.index - 1])
            shares[slot.name] = x.T @ scaled[slot.index]
    return Shares(scaled[0], shares)


def claim_size(trace: Trace, shares: Shares, direction: Parameters) -> float:
    """Return the size of the numbers that gradient · direction is summed from."""
    total = 0.0
    if trace.network.stage.slots:
        moves = trace.network.stage.pushforward(trace.X, trace.parameters, direction)
        total += float(np.max(np.abs(moves)) * np.sum(shares.inputs))
    for name, share in shares.parameters.items():
        total += float(np.sum(share * np.abs(direction[name])))
    return total


def _row_deltas(trace: Trace, scales: Array) -> list[Any]:
    """Return |∂ℓ_n/∂z[l]|, the row's scale taken out (entry 0 is None)."""
    safe = np.where(scales > 0, scales, np.inf)[:, None]
    return [None, *(np.abs(delta) / safe for delta in trace.delta[1:] if delta is not None)]


def _amplified(trace: Trace) -> Array:
    """Return by how many rounding units of a[L] the slope of the loss moves, carried to z[L].

    log(1 − a) close to a = 1 makes much of the last digit of a. A canonical pair never goes through a.
    """
    network, z = trace.network, trace.z[-1]
    loss, f = network.objective.loss, network.f[-1]
    if loss.canonical == f.name or z is None:
        return np.zeros(trace.a[-1].shape)
    unit = np.finfo(trace.a[-1].dtype).eps
    a, Y = trace.a[-1].astype(np.float64), trace.Y.astype(np.float64)
    above, below = (loss.gradient(a * (1 + side * unit / 2), Y) for side in (1, -1))
    moved: Array = np.abs(above - below) / unit
    if f.elementwise:
        carried: Array = moved * np.abs(f.derivative(z.astype(np.float64), a))
        return carried
    others = np.sum(a * moved, axis=1, keepdims=True) - a * moved
    weighed: Array = a * ((1 - a) * moved + others)  # the Jacobian of softmax, its signs left out
    return weighed


def _size_of(trace: Trace, l: int) -> Array:
    """Return the size of the numbers that a[l] is computed from last."""
    z = trace.z[l]
    return np.abs(z if z is not None and trace.network.f[l].cancels else trace.a[l])


def _sizes_of_output(trace: Trace) -> tuple[Array, Array, Array]:
    """Return |a[L]|, |Y| and |z[L]| in float64.

    z is no smaller than s = √(x² W²), the root of the squares of what it is summed from; a no smaller than |f′(z)| s.
    """
    network, L = trace.network, trace.network.L
    sizes = _size_of(trace, L), trace.Y, trace.z[-1]
    a, Y, z = (np.abs(np.asarray(array, np.float64)) for array in sizes)
    x, W = masked(trace.a[L - 1], trace.mask[L - 1]), as_lists(network, trace.parameters)[0][L]
    summed = np.sqrt(np.square(x, dtype=np.float64) @ np.square(W, dtype=np.float64))
    f = network.f[-1]
    if f.elementwise:
        slope = np.abs(np.asarray(f.derivative(trace.z[-1], trace.a[-1]), np.float64))
        a = np.maximum(a, slope * summed)
    return a, Y, np.maximum(z, summed)
