"""From an estimator's words to the descriptions training needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.special import logit

from clearprop.equations.optimizers import RULES, Rule, get_rule
from clearprop.equations.schedules import Schedule, get_schedule
from clearprop.equations.targets import as_rows
from clearprop.errors import UsageError, unknown_name
from clearprop.model import Dense, Inputs, Network, Objective, Parameters, initial
from clearprop.solvers import SOLVERS
from clearprop.training import Rows

SMALLEST_BATCH, LARGEST_BATCH = 32, 256
STEPS_PER_EPOCH = 50
STRONGEST_L2, L2_TIMES_ROWS = 1e-3, 4.0
CHUNK = 1 << 16  # rows
CHUNK_NUMBERS = 1 << 22  # of targets, in float64

_OUTPUT_OF = {
    "cross_entropy": "softmax",
    "focal": "softmax",
    "binary_cross_entropy": "sigmoid",
    "binary_focal": "sigmoid",
    "poisson": "exp",
    "gamma": "exp",
}


_LINKS: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda mean: np.log(np.clip(mean, 1e-6, None)),
    "sigmoid": lambda mean: logit(np.clip(mean, 1e-6, 1 - 1e-6)),
    "exp": lambda mean: np.log(np.clip(mean, 1e-6, None)),
}


def check_settings(estimator: Any) -> None:
    """Refuse settings that would be taken for something else, or be met with a riddle where they act.

    Raises
    ------
    UsageError
        Naming the first, and what came.
    """
    hidden, seed, share = estimator.hidden, estimator.random_state, estimator.validation
    if isinstance(hidden, str) or not isinstance(hidden, Sequence | np.ndarray):
        raise UsageError(f"hidden must list the units of each hidden layer, such as (128, 64), got {hidden!r}.")
    if not isinstance(seed, Integral):
        raise UsageError(f"random_state must be a whole number: the same one gives the same model. Got {seed!r}.")
    for name in ("dropout", "l1", "l2", "validation", "max_bad"):
        value = getattr(estimator, name)
        if not isinstance(value, Real) and not (name == "l2" and value is None):
            raise UsageError(f"{name} must be a number, got {value!r}.")
    if not isinstance(estimator.activation, str):
        raise UsageError(f"activation must be one name, for all hidden layers, got {estimator.activation!r}.")
    if not isinstance(estimator.schedule, str | Schedule):
        raise UsageError(f"schedule must be a name or a Schedule, got {estimator.schedule!r}.")
    if not 0 <= share < 1:
        raise UsageError(f"validation must be a share of the rows, 0 or more and below 1, got {share!r}.")


def build_network(
    inputs: Inputs,
    n_out: int,
    loss: str,
    *,
    hidden: tuple[int, ...],
    activation: str,
    dropout: float,
    l1: float,
    l2: float,
) -> Network:
    """Describe a network for a table: hidden layers of one activation, the output that suits the loss.

    Dropout acts on the inputs of every layer but the first, which sees the data as they are. Weights before an exp
    begin at 0: a random z of some size would begin with predictions that are off by orders of magnitude.
    """
    units = (*hidden, n_out)
    activations = [activation] * len(hidden) + [_OUTPUT_OF.get(loss, "identity")]
    layers = tuple(
        Dense(size, name, dropout=dropout if l > 1 else 0.0, init="zeros" if name == "exp" else "auto")
        for l, (size, name) in enumerate(zip(units, activations, strict=True), start=1)
    )
    return Network(inputs, layers, Objective(loss, l1=l1, l2=l2))


def first_parameters(network: Network, rows: Rows, seed: int) -> Parameters:
    """Return initial parameters whose output biases already predict the mean target: the best constant answer."""
    parameters = initial(network, seed, rows.X.dtype)
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


def as_rule(optimizer: str | Rule, learning_rate: float | None, clip_norm: float | None) -> Rule:
    """Return the update rule, that of this name or the one given, with its own options where none are given here.

    Raises
    ------
    UsageError
        If there is no rule of that name.
    """
    options = {"learning_rate": learning_rate, "clip_norm": clip_norm}
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if isinstance(optimizer, Rule):
        return replace(optimizer, **given)
    if optimizer not in RULES:
        raise unknown_name("optimizer", optimizer, (*RULES, *SOLVERS))
    return get_rule(optimizer, **given)


def as_schedule(schedule: str | Schedule) -> Schedule:
    """Return the schedule of that name."""
    return get_schedule(schedule) if isinstance(schedule, str) else schedule


def suitable_l2(n_rows: int) -> float:
    """Return the strength of the penalty for so many training rows: 4 / n, at most 0.001.

    Weights that n rows determine need a prior that counts the less the more rows there are; see docs/design/0004.
    """
    return min(STRONGEST_L2, L2_TIMES_ROWS / n_rows)


def suitable_batch_size(n_rows: int) -> int:
    """Return a power of two that gives about 50 steps per epoch, between 32 and 256."""
    wanted = max(1, n_rows // STEPS_PER_EPOCH)
    return int(min(LARGEST_BATCH, max(SMALLEST_BATCH, 1 << (wanted.bit_length() - 1))))
