"""Where a training begins: weights as drawn, output biases that already predict the best constant answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import logit

from clearprop.equations.targets import as_rows
from clearprop.model import Network, Parameters, initial
from clearprop.training import Rows

CHUNK = 1 << 16  # rows
CHUNK_NUMBERS = 1 << 22  # of targets, in float64

_LINKS: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda mean: np.log(np.clip(mean, 1e-6, None)),
    "sigmoid": lambda mean: logit(np.clip(mean, 1e-6, 1 - 1e-6)),
    "exp": lambda mean: np.log(np.clip(mean, 1e-6, None)),
}


def first_parameters(network: Network, rows: Rows, seed: int) -> Parameters:
    """Return initial parameters whose output biases already predict the mean target: the best constant answer."""
    parameters = initial(network, seed, rows.dtype)
    mean = _mean_target(network, rows)
    bias = parameters[f"b{network.L}"]
    bias[...] = _LINKS.get(network.layers[-1].activation, lambda mean: mean)(mean)
    return parameters


def _mean_target(network: Network, rows: Rows) -> Any:
    """Return the weighted mean of the target rows (n_out,), a part of the rows at a time."""
    weights = np.ones(len(rows)) if rows.weights is None else rows.weights.astype(np.float64)
    total = np.zeros(network.n_out)
    step = min(CHUNK, max(1, CHUNK_NUMBERS // network.n_out))
    for start in range(0, len(rows), step):
        chunk = slice(start, start + step)
        total += weights[chunk] @ as_rows(rows.Y[chunk], network.n_out, np.float64, network.takes_classes)
    return total / weights.sum()
