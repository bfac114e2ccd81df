"""Initial weights W (n_in, n_out), by the variance each paper derives."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.activations import get_activation
from clearprop.errors import unknown_name

Weights = NDArray[np.float64]
Initializer = Callable[[np.random.Generator, int, int], Weights]


def _normal(variance: Callable[[int, int], float]) -> Initializer:
    return lambda rng, n_in, n_out: rng.standard_normal((n_in, n_out)) * math.sqrt(variance(n_in, n_out))


def _uniform(variance: Callable[[int, int], float]) -> Initializer:
    def draw(rng: np.random.Generator, n_in: int, n_out: int) -> Weights:
        bound = math.sqrt(3 * variance(n_in, n_out))
        return rng.uniform(-bound, bound, (n_in, n_out))

    return draw


def _he(n_in: int, n_out: int) -> float:
    """2 / n_in: He et al. 2015, keeps the variance through relu."""
    return 2 / n_in


def _glorot(n_in: int, n_out: int) -> float:
    """2 / (n_in + n_out): Glorot and Bengio 2010, a compromise of forward and backward."""
    return 2 / (n_in + n_out)


def _lecun(n_in: int, n_out: int) -> float:
    """1 / n_in: LeCun et al. 1998, keeps the variance through a linear layer."""
    return 1 / n_in


INITIALIZERS: dict[str, Initializer] = {
    "he_normal": _normal(_he),
    "he_uniform": _uniform(_he),
    "glorot_normal": _normal(_glorot),
    "glorot_uniform": _uniform(_glorot),
    "lecun_normal": _normal(_lecun),
    "lecun_uniform": _uniform(_lecun),
    "zeros": lambda rng, n_in, n_out: np.zeros((n_in, n_out)),
}


def default_initializer(activation: str) -> str:
    """Return the initializer an expert would take for that activation."""
    return get_activation(activation).initializer


def get_initializer(name: str) -> Initializer:
    """Return the initializer of that name: called with (rng, n_in, n_out), it returns W (n_in, n_out).

    Raises
    ------
    UsageError
        If there is none; the message names the nearest one.
    """
    if name not in INITIALIZERS:
        raise unknown_name("initializer", name, INITIALIZERS)
    return INITIALIZERS[name]
