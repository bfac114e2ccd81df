"""Nudges: J after one weight is changed, for many weights at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations import backprop
from clearprop.equations.objective import row_losses
from clearprop.equations.penalties import penalty
from clearprop.model.trace import Trace

Array = NDArray[Any]


def nudged_weights(trace: Trace, l: int, inputs: Array, units: Array, steps: Array) -> Array:
    """Return the true change of J when one weight of layer l is moved by each step.

    W[l] enters z[l] = x[l-1] W[l] + b[l] through one column only, so the pass is resumed at layer l.

    Parameters
    ----------
    inputs, units : int array (n_i,), (n_j,)
        Which rows and columns of W[l].
    steps : array (n_steps,)

    Returns
    -------
    array (n_i, n_j, n_steps)
        J(W + step) − J(W).
    """
    x = backprop.masked(trace.a[l - 1], trace.mask[l - 1])
    moved: Array = x[:, inputs].T[:, None, None, :] * steps[None, None, :, None]
    D = _nudged_data_term(trace, l, np.broadcast_to(moved, (len(inputs), len(units), len(steps), len(x))), units)
    change: Array = D - trace.D + _penalty_change(trace, f"W{l}", (inputs[:, None], units[None, :]), steps)
    return change


def nudged_biases(trace: Trace, l: int, units: Array, steps: Array) -> Array:
    """Return the true change of J when one bias of layer l is moved by each step: shape (n_j, n_steps)."""
    moved = np.broadcast_to(steps[None, None, :, None], (1, len(units), len(steps), len(trace.X)))
    change: Array = _nudged_data_term(trace, l, moved, units)[0] - trace.D
    penalised = trace.network.objective.penalize_bias
    return change + _penalty_change(trace, f"b{l}", (units,), steps) if penalised else change


def _nudged_data_term(trace: Trace, l: int, moved: Array, units: Array) -> Array:
    """Return D with ``moved`` (n_i, n_j, n_steps, batch) added to the j-th unit's column of z[l]."""
    network, z = trace.network, trace.z[l]
    assert z is not None
    which = (units[:, None] == np.arange(z.shape[1])).astype(z.dtype)
    z_new = z + moved[..., None] * which[None, :, None, None, :]
    a_new = network.f[l].forward(z_new)
    above = range(l + 1, network.L + 1)
    W = [None, *(trace.parameters[f"W{k}"] for k in above)]
    b = [None, *(trace.parameters.get(f"b{k}") for k in above)]
    z_list, a_list = backprop.forward(a_new, W, b, network.f[l:], [*trace.mask[l:]])
    last = z_new if l == network.L else z_list[-1]
    losses = row_losses(network.objective.loss, network.f[-1], last, a_list[-1], trace.Y)
    D: Array = np.sum(trace.scales * losses, axis=-1)
    return D


def _penalty_change(trace: Trace, name: str, where: Any, steps: Array) -> Array:
    w = trace.parameters[name][where][..., None]
    l1, l2 = trace.network.objective.strengths(trace.weights)
    if not (l1 or l2):
        return np.zeros((*w.shape[:-1], len(steps)))
    one = np.vectorize(lambda value: float(penalty(np.asarray(value), l1, l2)))
    change: Array = one(w + steps) - one(w)
    return change
