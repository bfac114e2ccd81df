"""Gradient descent, with momentum, and with a step size of its own for every parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.optimizers.rule import Rule, Slots
from clearprop.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class SGD(Rule):
    """Gradient descent, w ← w − η g (Robbins and Monro 1951)."""

    name, equation, source = "sgd", "w ← w − η g", "Robbins and Monro 1951"

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        return w - learning_rate * g, {}


@dataclass(frozen=True, kw_only=True)
class Momentum(Rule):
    """Heavy ball: v ← μ v − η g;  w ← w + v (Polyak 1964)."""

    name, equation, source = "momentum", "v ← μ v − η g;  w ← w + v", "Polyak 1964"
    slots = ("v",)
    momentum: float = 0.9

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        v = self.momentum * slots["v"] - learning_rate * g
        return w + v, {"v": v}


@dataclass(frozen=True, kw_only=True)
class Nesterov(Rule):
    """Accelerated gradient in the form of Sutskever et al. 2013: v ← μ v − η g;  w ← w + μ v − η g."""

    name, equation, source = (
        "nesterov",
        "v ← μ v − η g;  w ← w + μ v − η g",
        "Nesterov 1983; Sutskever et al. 2013",
    )
    slots = ("v",)
    momentum: float = 0.9

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        v = self.momentum * slots["v"] - learning_rate * g
        return w + self.momentum * v - learning_rate * g, {"v": v}


@dataclass(frozen=True, kw_only=True)
class Adagrad(Rule):
    """s ← s + g²;  w ← w − η g / (√s + ε) (Duchi et al. 2011)."""

    name, equation, source = "adagrad", "s ← s + g²;  w ← w − η g / (√s + ε)", "Duchi et al. 2011"
    slots = ("s",)
    epsilon: float = 1e-8

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        s = slots["s"] + g * g
        return w - learning_rate * g / (namespace(w).sqrt(s) + self.epsilon), {"s": s}


@dataclass(frozen=True, kw_only=True)
class RMSprop(Rule):
    """s ← ρ s + (1 − ρ) g²;  w ← w − η g / (√s + ε) (Tieleman and Hinton 2012, lecture 6.5)."""

    name, equation = "rmsprop", "s ← ρ s + (1 − ρ) g²;  w ← w − η g / (√s + ε)"
    source = "Tieleman and Hinton 2012"
    slots = ("s",)
    learning_rate: float = 0.001
    decay: float = 0.9
    epsilon: float = 1e-8

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        s = self.decay * slots["s"] + (1 - self.decay) * g * g
        return w - learning_rate * g / (namespace(w).sqrt(s) + self.epsilon), {"s": s}


@dataclass(frozen=True, kw_only=True)
class Adadelta(Rule):
    """The step has the size of the last steps, in the units of w (Zeiler 2012).

    s ← ρ s + (1 − ρ) g²;  d = √(u + ε) / √(s + ε) g;  u ← ρ u + (1 − ρ) d²;  w ← w − η d
    """

    name = "adadelta"
    equation = "s ← ρ s + (1 − ρ) g²;  d = √(u + ε) / √(s + ε) g;  u ← ρ u + (1 − ρ) d²;  w ← w − η d"
    source = "Zeiler 2012"
    slots = ("s", "u")
    learning_rate: float = 1.0
    decay: float = 0.9
    epsilon: float = 1e-6

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        xp = namespace(w)
        s = self.decay * slots["s"] + (1 - self.decay) * g * g
        d = xp.sqrt(slots["u"] + self.epsilon) / xp.sqrt(s + self.epsilon) * g
        return w - learning_rate * d, {"s": s, "u": self.decay * slots["u"] + (1 - self.decay) * d * d}


@dataclass(frozen=True, kw_only=True)
class Rprop(Rule):
    """Only the sign of the gradient counts (Riedmiller and Braun 1993; iRprop−, Igel and Hüsken 2000). Full batches.

    s ← clip(s × (grow if g g₋ > 0, shrink if g g₋ < 0, else 1));  g ← 0 where g g₋ < 0;  w ← w − η s sign(g),
    with g₋ the gradient of the step before. s is the step size in units of η, 1 at the start.
    """

    name = "rprop"
    equation = "s ← s × (1.2 if g g₋ > 0, 0.5 if g g₋ < 0);  w ← w − η s sign(g)"
    source = "Riedmiller and Braun 1993; Igel and Hüsken 2000"
    slots = ("g", "s")
    grow: float = 1.2
    shrink: float = 0.5
    smallest: float = 1e-4
    largest: float = 5000.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (0 < self.shrink < 1 < self.grow and self.smallest <= self.largest):
            raise UsageError(
                f"rprop: expected 0 < shrink < 1 < grow and smallest <= largest, got shrink {self.shrink!r}, "
                f"grow {self.grow!r}, smallest {self.smallest!r}, largest {self.largest!r}."
            )

    def start(self, w: Array) -> Slots:
        xp = namespace(w)
        return {"g": xp.zeros_like(w), "s": xp.ones_like(w)}

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        xp = namespace(w)
        agreement = xp.sign(g) * xp.sign(slots["g"])
        s = xp.where(agreement > 0, self.grow * slots["s"], slots["s"])
        s = xp.clip(xp.where(agreement < 0, self.shrink * s, s), self.smallest, self.largest)
        g = xp.where(agreement < 0, xp.zeros_like(g), g)
        return w - learning_rate * s * xp.sign(g), {"g": g, "s": s}
