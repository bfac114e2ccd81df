"""Directions in the space of all parameters, along which a gradient is compared with slopes of J."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.backprop import masked
from clearprop.equations.inputs import encode_change
from clearprop.model import Parameters, Trace, as_lists

Array = NDArray[Any]


def along_signs(values: Parameters, trace: Trace, rng: np.random.Generator) -> Parameters:
    """Return v with the signs of the values, drawn where those are 0, and sizes that differ by up to a factor 3.

    Along it the contributions of all parameters to values · v are positive: none can cancel another.
    """
    sizes = rng.uniform(0.5, 1.5, values.vector.size)
    drawn = rng.choice([-1.0, 1.0], values.vector.size)
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
    """Scale every part until it moves the z of its layer (an embedding: a[0]) by about 1, root mean square."""
    inputs = trace.network.inputs
    V, _, VE = as_lists(trace.network, direction)
    for name in direction:
        kind, index = name[0], int(name[1:])
        if kind == "W":
            moves = masked(trace.a[index - 1], trace.mask[index - 1]) @ V[index]
            if index > 1:  # a[l-1] moves too, by about 1, however small it is
                moves = np.hypot(moves, np.linalg.norm(V[index], axis=0))
        elif kind == "E":
            only = [table if k == index else None for k, table in enumerate(VE)]
            moves = encode_change(trace.X, inputs.n_numeric, inputs.categories, only)
        else:
            moves = direction[name]
        size = float(np.sqrt(np.mean(np.square(moves, dtype=np.float64))))
        direction[name][...] /= size if size > 0 else 1.0
    return direction
