"""Schedule-free learning: the weights that predict are a mean over all steps, and the gradient is taken beside them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.optimizers.rule import Rule, Slots
from clearprop.equations.slots import Slot, each_number


@dataclass(frozen=True, kw_only=True)
class ScheduleFreeAdamW(Rule):
    """A mean of the weights does what a falling learning rate would, without knowing the end (Defazio et al. 2024).

    g = ∂J/∂y at y = z + β1 (w − z);  v ← β2 v + (1 − β2) g²;  z ← z − η (g / (√v̂ + ε) + λ y);
    s ← s + η²;  w ← w + (η² / s) (z − w)

    with v̂ as in adam. z takes the steps; w, which predicts, is the mean of all z, each weighed by its η². (The paper
    writes x for w, and γ for η.) Beside it belongs a constant learning rate, at most warmed up.
    """

    name = "schedule_free_adamw"
    equation = (
        "g = ∂J/∂y at y = z + β1 (w − z);  v ← β2 v + (1 − β2) g²;  z ← z − η (g / (√v̂ + ε) + λ y);  "
        "s ← s + η²;  w ← w + (η² / s) (z − w)"
    )
    source = "Defazio et al. 2024"
    slots: ClassVar[tuple[str, ...]] = ("v", "z", "s")
    points: ClassVar[tuple[str, ...]] = ("z",)
    decays_itself: ClassVar[bool] = True
    learning_rate: float = 0.0025
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def start(self, w: Array) -> Slots:
        return {**super().start(w), "z": w + 0}

    def prepare(self, parameters: Sequence[Slot]) -> ScheduleFreeAdamW:
        prepared = copy.copy(self)
        object.__setattr__(prepared, "_decays", each_number(parameters, lambda slot: slot.decays, bool))
        return prepared

    def gradient_point(self, w: Array, slots: Slots) -> Array:
        return slots["z"] + self.beta1 * (w - slots["z"])

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        xp, eta = namespace(w), learning_rate
        v = self.beta2 * slots["v"] + (1 - self.beta2) * g * g
        direction = g / (xp.sqrt(v / (1 - self.beta2**t)) + self.epsilon)
        if self.weight_decay:
            direction = direction + self.weight_decay * self._decayed(self.gradient_point(w, slots))
        z, s = slots["z"] - eta * direction, slots["s"] + eta * eta
        share = eta * eta / xp.where(s > 0, s, xp.ones_like(s))
        return w + share * (z - w), {"v": v, "z": z, "s": s}

    def _decayed(self, y: Array) -> Array:
        """Return y where it decays and 0 elsewhere; before `prepare`, everything does."""
        xp, decays = namespace(y), getattr(self, "_decays", None)
        return y if decays is None else xp.where(xp.asarray(decays), y, xp.zeros_like(y))
