"""Draw networks, parameters, rows and targets for the tests; everything follows from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from clearprop.equations import ACTIVATIONS, LOSSES
from clearprop.equations.stages import Staircase
from clearprop.errors import UsageError
from clearprop.model import Dense, Inputs, Network, Objective, Parameters, parameter_shapes

TRAINABLE = tuple(name for name in ACTIVATIONS if name != "step")


def pairs() -> Iterator[tuple[str, str]]:
    """Yield every (output activation, loss) a network accepts."""
    for loss in LOSSES:
        for output in TRAINABLE:
            try:
                Network(1, (Dense(1, output),), loss)
            except UsageError:
                continue
            yield output, loss


def dealt(names: Sequence[Any], *case: object) -> Any:
    """Deal one of the names to a case, by a hash of both: a name more takes the cases it wins, and moves no other."""
    return max(names, key=lambda name: seed(name, *case))


def seed(*case: object) -> int:
    """Return a seed by the names of a case, whatever other cases there are."""
    return int.from_bytes(sha256(repr(case).encode()).digest()[:8])


def parameters(network: Network, rng: np.random.Generator, scale: float = 0.4, dtype=np.float64) -> Parameters:
    """Return normal numbers for every parameter, biases included."""
    drawn = Parameters(parameter_shapes(network), dtype=dtype)
    drawn.vector[...] = scale * rng.standard_normal(drawn.vector.size)
    return drawn


def columns(inputs: Inputs, rng: np.random.Generator, batch: int) -> np.ndarray:
    """Return X (batch, n_columns): normal numbers, or places on stairs and on both sides of them, then codes."""
    codes = [rng.integers(0, n, batch) for n in inputs.categories]
    X = np.column_stack([rng.standard_normal((batch, inputs.n_numeric)), *codes])
    for part in inputs.stage.parts:
        if isinstance(part.stage, Staircase):
            X[:, part.columns] = (0.5 + 0.4 * X[:, part.columns]) * part.stage.bins
    return X


def targets(loss: str, rng: np.random.Generator, batch: int, n_out: int) -> np.ndarray:
    """Return rows Y (batch, n_out) that the loss has a meaning for."""
    match LOSSES[loss].targets:
        case "real":
            return rng.standard_normal((batch, n_out))
        case "nonnegative":
            return rng.integers(0, 4, (batch, n_out)).astype(float)
        case "positive":
            return rng.gamma(2.0, 1.0, (batch, n_out)) + 0.1
        case "unit":
            return rng.integers(0, 2, (batch, n_out)).astype(float)
        case "distribution":
            return np.eye(n_out)[rng.integers(0, n_out, batch)]
    raise AssertionError(f"no targets are known for {loss}")


def weights(kind: str, rng: np.random.Generator, batch: int) -> np.ndarray | None:
    """Return no weights, or positive ones, or some that are 0."""
    if kind == "none":
        return None
    drawn = rng.uniform(0.5, 2.0, batch)
    if kind == "zeros":
        drawn[::3] = 0.0
    return drawn


def network(
    *sizes: int,
    hidden: str = "tanh",
    output: str = "identity",
    objective: Objective | str = "squared_error",
    inputs: Inputs | None = None,
    **layer: object,
) -> Network:
    """Describe a network by its sizes; `layer` goes to every Dense."""
    names = [hidden] * (len(sizes) - 2) + [output]
    layers = tuple(Dense(units, name, **layer) for units, name in zip(sizes[1:], names, strict=True))
    return Network(inputs or Inputs(sizes[0]), layers, objective)
