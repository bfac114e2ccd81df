"""Draw certificates' cases, and plant one small error in one term of a gradient."""

from __future__ import annotations

import numpy as np

import drawing
from clearprop import engines
from clearprop.equations import ACTIVATIONS
from clearprop.equations.penalties import penalty_gradient
from clearprop.model import Dense, Inputs, Network, Objective, Parameters, initial

HIDDEN = [name for name in drawing.TRAINABLE if name not in ("identity", "exp") and ACTIVATIONS[name].elementwise]
LARGEST_LOSS = 1e4  # a row above it, as exp can make one, leaves no digits of J for the penalty
TERMS = ("data", "data", "penalty", "unit", "input")


class Planted:
    """A session whose gradient is wrong in one term, by a factor."""

    def __init__(self, session, network, name, term, index, factor):
        self.session, self.network = session, network
        self.name, self.term, self.index, self.factor = name, term, index, factor
        self.felt = False  # whether the term was ever different from 0, so that there was an error to find

    def __getattr__(self, name):
        return getattr(self.session, name)

    def gradients(self, X, Y, weights=None):
        J, gradient = self.session.gradients(X, Y, weights)
        error = (self.factor - 1) * self.planted(gradient, self.session.trace(X, Y, weights))
        gradient[self.name][...] += error
        self.felt = bool(np.any(error))
        return J, gradient

    def planted(self, gradient, trace):
        """Return the term that the factor applies to, 0 elsewhere."""
        whole, penalty = gradient[self.name], self.penalty(trace)
        if self.term in ("data", "penalty"):
            return penalty if self.term == "penalty" else whole - penalty
        part = np.zeros_like(whole)
        where = (..., self.index % whole.shape[-1]) if self.term == "unit" else (self.index % whole.shape[0],)
        part[where] = whole[where]
        return part

    def penalty(self, trace):
        objective = self.network.objective
        if not next(slot for slot in self.network.slots if slot.name == self.name).penalised:
            return np.zeros_like(trace.parameters[self.name])
        return penalty_gradient(trace.parameters[self.name], objective.l1, objective.l2)


def network(rng):
    """Return a network of 1 to 4 layers with everything an objective can have."""
    output, loss = drawing.dealt(tuple(drawing.pairs()), int(rng.integers(2**32)))
    categories = tuple(int(n) for n in rng.integers(2, 6, rng.integers(0, 3)))
    embedding = tuple(("one-hot", 2, 3)[rng.integers(3)] for _ in categories)
    names = [drawing.dealt(HIDDEN, int(rng.integers(2**32))) for _ in range(rng.integers(0, 4))]
    layers = [
        Dense(int(rng.integers(1, 33)), name, rng.choice([0, 0, 0.2]), bool(rng.random() < 0.9)) for name in names
    ]
    objective = Objective(
        loss,
        l1=float(rng.choice([0, 0, 1e-4, 1e-2])),
        l2=float(rng.choice([0, 1e-4, 1e-2])),
        penalize_bias=bool(rng.random() < 0.3),
        reduction=str(rng.choice(["mean", "sum"])),
    )
    n_out = int(rng.integers(2, 6)) if output == "softmax" else int(rng.integers(1, 6))
    inputs = Inputs(int(rng.integers(1, 13)), categories, embedding)
    return Network(inputs, (*layers, Dense(n_out, output)), objective)


def case(seed, dtype=np.float64):
    """Return (network, parameters, X, Y, weights); half of them as fresh from `initial`, half with drawn biases."""
    rng = np.random.default_rng(seed)
    described = network(rng)
    parameters = initial(described, seed, dtype)
    if rng.random() < 0.5:
        parameters.vector[...] += 0.3 * rng.standard_normal(parameters.vector.size)
    batch = int(rng.integers(5, 60))
    X = drawing.columns(described.inputs, rng, batch)
    Y = drawing.targets(described.objective.loss.name, rng, batch, described.n_out)
    weights = drawing.weights(str(rng.choice(["none", "drawn", "zeros"])), rng, batch)
    if open_session(described, parameters, seed).trace(X, Y, weights).losses.max() > LARGEST_LOSS:
        return case(seed + 1_000_000_000, dtype)
    return described, parameters, X, Y, weights


def open_session(described: Network, parameters: Parameters, seed: int = 0, engine: str = "numpy", precision=None):
    return engines.open_session(described, parameters, seed=seed, engine=engine, precision=precision)


def plant(seed, factor=1.001, engine="numpy", dtype=np.float64, precision=None):
    """Return (session, X, Y, weights, description), the session's gradient wrong in a drawn term."""
    described, parameters, X, Y, weights = case(seed, dtype)
    rng = np.random.default_rng([seed, 1])
    name, term = str(rng.choice(list(parameters))), str(rng.choice(TERMS))
    session = open_session(described, parameters, seed, engine, precision)
    planted = Planted(session, described, name, term, int(rng.integers(1000)), factor)
    return planted, X, Y, weights, f"{term} of d{name} in {described}"
