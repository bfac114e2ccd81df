"""Drawn networks: every activation, loss, penalty and kind of input, at random, with data that suit them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import drawing
from clearprop import Dense, Inputs, Network, Objective, Parameters, Trace
from clearprop.engines import open_session
from clearprop.equations.losses import LOSSES, get_loss
from clearprop.model import initial

OUTPUTS = {
    loss: [
        output for output, of in drawing.pairs() if of == loss and (output != "softmax" or LOSSES[loss]().of_classes)
    ]
    for loss in LOSSES
}  # what a softmax that all but chooses pulls back has no digits left, unless the loss is made for it


@dataclass
class Drawn:
    """A network with parameters and a batch."""

    network: Network
    parameters: Parameters
    X: Any
    Y: Any
    weights: Any

    def trace(self, seed: int = 3) -> Trace:
        """Return what the reference engine computes."""
        session = open_session(self.network, self.parameters, seed=seed, engine="numpy")
        return session.trace(self.X, self.Y, self.weights)


def draw(seed: int) -> Drawn:
    """Draw one."""
    rng = np.random.default_rng(seed)
    network = _sometimes_per_row(draw_network(rng), np.random.default_rng((seed, 1)))
    parameters = initial(network, seed)
    parameters.vector *= 0.6  # keeps 1 − a away from 0: near it both sides lose digits, in their own ways
    parameters.vector += rng.normal(0, 0.2, parameters.vector.size)
    batch = int(rng.integers(2, 7))
    weights = rng.uniform(0.2, 3.0, batch) if rng.random() < 0.5 else None
    return Drawn(network, parameters, draw_rows(network, batch, rng), draw_targets(network, batch, rng), weights)


def draw_network(rng: np.random.Generator) -> Network:
    """Draw the description."""
    loss = get_loss(_one_of(LOSSES, rng))
    if loss.name == "cross_entropy" and rng.random() < 0.5:
        loss = get_loss("cross_entropy", label_smoothing=0.1)
    names = [_one_of(drawing.TRAINABLE, rng) for _ in range(rng.integers(0, 4))]
    hidden = [draw_layer(rng, int(rng.integers(1, 6)), name) for name in names]
    output = _one_of(OUTPUTS[loss.name], rng)
    n_out = int(rng.integers(2 if output == "softmax" else 1, 4))
    objective = Objective(
        loss,
        l1=float(rng.choice([0.0, 0.03])),
        l2=float(rng.choice([0.0, 0.2])),
        penalize_bias=bool(rng.random() < 0.3),
        reduction=str(rng.choice(["mean", "sum"])),
    )
    layers = (*hidden, draw_layer(rng, n_out, output))
    return Network(draw_inputs(rng), layers, objective)


def _one_of(names: Collection[str], rng: np.random.Generator) -> str:
    """Return one of the names; a name more takes the draws it wins, and moves no other."""
    return drawing.dealt(tuple(names), int(rng.integers(2**32)))


def _sometimes_per_row(network: Network, rng: np.random.Generator) -> Network:
    """Divide the penalty by the rows' weight in one of three networks."""
    return replace(network, objective=replace(network.objective, penalty_per_row=bool(rng.random() < 1 / 3)))


def draw_layer(rng: np.random.Generator, units: int, activation: str) -> Dense:
    """Draw one layer."""
    return Dense(units, activation, dropout=float(rng.choice([0.0, 0.0, 0.4])), bias=bool(rng.random() < 0.8))


def draw_inputs(rng: np.random.Generator) -> Inputs:
    """Draw the columns: numbers, and in one of four networks codes."""
    if rng.random() < 0.75:
        return Inputs(int(rng.integers(1, 6)))
    return Inputs(int(rng.integers(0, 3)), categories=(3, 4), embedding=("one-hot", 2) if rng.random() < 0.5 else 2)


def draw_rows(network: Network, batch: int, rng: np.random.Generator) -> Any:
    """Draw X."""
    inputs = network.inputs
    codes = [rng.integers(0, n, batch) for n in inputs.categories]
    return np.column_stack([rng.normal(size=(batch, inputs.n_numeric)), *codes])


def draw_targets(network: Network, batch: int, rng: np.random.Generator) -> Any:
    """Draw Y from where the loss wants it."""
    shape = (batch, network.n_out)
    kinds = {
        "real": lambda: rng.normal(size=shape),
        "nonnegative": lambda: rng.poisson(1.0, shape).astype(float),
        "positive": lambda: rng.uniform(0.3, 3.0, shape),
        "unit": lambda: rng.integers(0, 2, shape).astype(float),
        "distribution": lambda: np.eye(network.n_out)[rng.integers(0, network.n_out, batch)],
    }
    return kinds[network.objective.loss.targets]()
