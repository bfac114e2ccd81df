"""One update in NumPy, the same for every rule: clip, apply the rule, decay, project."""

from __future__ import annotations

import numpy as np

from clearprop.engines.door import Array
from clearprop.equations.clipping import clip_by_norm, clip_by_value
from clearprop.equations.optimizers import Rule
from clearprop.equations.penalties import project_max_norm
from clearprop.model.network import Network
from clearprop.model.parameters import Parameters

Slots = dict[str, Array]


class Update:
    """What happens to the parameters of one network once their gradient is known."""

    def __init__(self, network: Network, parameters: Parameters, rule: Rule) -> None:
        self.rule = rule.prepare(parameters.shapes)
        self._shapes = parameters.shapes
        self._factors = learning_rate_factors(network, parameters)
        self._decays = decay_factors(parameters)
        self._limits = {
            f"W{l}": layer.max_norm
            for l, layer in enumerate(network.layers, start=1)
            if layer.max_norm is not None and not layer.frozen
        }

    def apply(self, w: Array, g: Array, norm: float, slots: Slots, t: int, learning_rate: float) -> Slots:
        """Take step t: change w (n,) in place, return the slots after it. `norm` is that of g (n,)."""
        rule = self.rule
        if rule.clip_value is not None:
            g = clip_by_value(g, rule.clip_value)
            norm = norm_of(g)
        if rule.clip_norm is not None:
            g = clip_by_norm(g, rule.clip_norm, norm)
        eta = learning_rate if self._factors is None else learning_rate * self._factors
        updated, slots = rule.update(w, g, slots, t, eta)
        if rule.weight_decay and not rule.decays_itself:
            updated = updated - eta * rule.weight_decay * self._decays * w
        w[...] = updated
        self._project(w, slots)
        return slots

    def _project(self, w: Array, slots: Slots) -> None:
        for name, max_norm in self._limits.items():
            for vector in (w, *(slots[point] for point in self.rule.points)):
                W = Parameters(self._shapes, vector)[name]
                W[...] = project_max_norm(W, max_norm)


def learning_rate_factors(network: Network, parameters: Parameters) -> Array | None:
    """Return each parameter's factor on the learning rate, shape (n,); None where all are 1."""
    factors = Parameters(parameters.shapes, dtype=parameters.vector.dtype)
    factors.vector[...] = 1
    for l, layer in enumerate(network.layers, start=1):
        for name in (f"W{l}", f"b{l}"):
            if name in factors:
                factors[name][...] = 0 if layer.frozen else layer.learning_rate
    return None if np.all(factors.vector == 1) else factors.vector


def decay_factors(parameters: Parameters) -> Array:
    """Return 1 for every weight and 0 for every bias and embedding, shape (n,)."""
    factors = Parameters(parameters.shapes, dtype=parameters.vector.dtype)
    for name in factors:
        factors[name][...] = name[0] == "W"
    return factors.vector


def norm_of(g: Array) -> float:
    """Return the Euclidean norm of g; the squares of a float32 vector would overflow in its own precision."""
    return float(np.linalg.norm(g.astype(np.float64)))
