"""Directions in the space of all parameters, along which a gradient is compared with slopes of J."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.backprop import masked
from clearprop.equations.slots import Slot
from clearprop.model import Parameters, Trace

Array = NDArray[Any]

_SIGNS = np.array([-1.0, 1.0])


def along_signs(values: Parameters, trace: Trace, rng: np.random.Generator) -> Parameters:
    """Return v with the signs of the values, drawn where those are 0, and sizes that differ by up to a factor 3.

    Along it the contributions of all parameters to values · v are positive: none can cancel another.
    """
    sizes = rng.uniform(0.5, 1.5, values.vector.size)
    drawn = _SIGNS[rng.integers(0, 2, values.vector.size)]
    signs = np.where(values.vector == 0, drawn, np.sign(values.vector))
    return _evened(values.over(signs * sizes), trace)


def at_random(values: Parameters, trace: Trace, rng: np.random.Generator) -> Parameters:
    """Return v with signs that know nothing of the values."""
    return along_signs(values.over(np.zeros_like(values.vector)), trace, rng)


def restricted(direction: Parameters, names: Iterable[str]) -> Parameters:
    """Return the direction with all parts but the named ones 0."""
    part = direction.over(np.zeros_like(direction.vector))
    for name in names:
        part[name][...] = direction[name]
    return part


def _evened(direction: Parameters, trace: Trace) -> Parameters:
    """Scale every part until it moves the z of its layer (those of input stages: a[0]) by about 1, root mean square."""
    for slot in trace.network.slots:
        size = float(np.sqrt(np.mean(np.square(_moves(slot, direction, trace), dtype=np.float64))))
        direction[slot.name][...] /= size if size > 0 else 1.0
    return direction


def _moves(slot: Slot, direction: Parameters, trace: Trace) -> Array:
    """Return how far one part of the direction moves what depends on it first."""
    V = direction[slot.name]
    if slot.kind == "bias":
        return V
    if slot.kind == "stage":
        alone = restricted(direction, [slot.name])
        return np.asarray(trace.network.stage.pushforward(trace.X, trace.parameters, alone))
    moves: Array = masked(trace.a[slot.index - 1], trace.mask[slot.index - 1]) @ V
    # a[l-1] moves too, by about 1, however small it is
    return np.hypot(moves, np.linalg.norm(V, axis=0)) if slot.index > 1 else moves
