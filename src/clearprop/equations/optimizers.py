"""Update rules: pure functions of (w, g, slots, t, learning_rate).

All parameters of a network lie in one vector w, so every rule is elementwise algebra on vectors of shape (n,):
``g`` is the gradient, ``slots`` the rule's memory (vectors named as in its equations), ``t = 1, 2, ...`` the step.
The learning rate η is a number, or a vector of them where layers learn at different rates (0: frozen).
`update` returns the new w and slots and changes nothing in place.

A rule also carries what happens to the gradient before it (``clip_value``, then ``clip_norm``) and to the weights
beside it (``weight_decay``, decoupled: w ← w − η λ w on weights, not on biases; Loshchilov and Hutter 2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from clearprop.equations._arrays import Array, namespace
from clearprop.errors import UsageError, unknown_name

Slots = dict[str, Array]

_LIMITS = dict.fromkeys(("momentum", "decay", "beta1", "beta2"), 1.0)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What all rules share.

    Attributes
    ----------
    learning_rate : float
        η before any schedule.
    weight_decay : float
        λ of the decoupled decay; 0 for none.
    clip_norm, clip_value : float or None
        Limits on the gradient's Euclidean norm and on each of its components.
    """

    name: ClassVar[str]
    equation: ClassVar[str]
    source: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ()
    learning_rate: float = 0.01
    weight_decay: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, int | float) and not 0 <= value < _LIMITS.get(name, math.inf):
                below = f" and below {_LIMITS[name]:g}" if name in _LIMITS else " and finite"
                raise UsageError(f"{self.name}: {name} must be at least 0{below}, got {value!r}.")
            if name in ("clip_norm", "clip_value") and value == 0:
                raise UsageError(f"{self.name}: {name} must be above 0, got {value!r}; None is for no limit.")

    def start(self, w: Array) -> Slots:
        """Return the slots before the first step: zeros, unless the rule says otherwise."""
        return {name: namespace(w).zeros_like(w) for name in self.slots}

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        """Return w and slots after step t."""
        raise NotImplementedError


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
class Adam(Rule):
    """Kingma and Ba 2015, algorithm 1.

    m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²;  w ← w − η m̂ / (√v̂ + ε),
    with m̂ = m / (1 − β1ᵗ) and v̂ = v / (1 − β2ᵗ).
    """

    name = "adam"
    equation = "m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²;  w ← w − η m̂ / (√v̂ + ε)"
    source = "Kingma and Ba 2015"
    slots = ("m", "v")
    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        m, v = self._moments(g, slots)
        m_hat, v_hat = m / (1 - self.beta1**t), v / (1 - self.beta2**t)
        return w - learning_rate * m_hat / (namespace(w).sqrt(v_hat) + self.epsilon), {"m": m, "v": v}

    def _moments(self, g: Array, slots: Slots) -> tuple[Array, Array]:
        m = self.beta1 * slots["m"] + (1 - self.beta1) * g
        v = self.beta2 * slots["v"] + (1 - self.beta2) * g * g
        return m, v


@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """Adam beside decoupled weight decay, w ← w − η λ w (Loshchilov and Hutter 2019)."""

    name = "adamw"
    equation = Adam.equation + ";  w ← w − η λ w"
    source = "Loshchilov and Hutter 2019"
    weight_decay: float = 0.01


@dataclass(frozen=True, kw_only=True)
class Nadam(Adam):
    """Adam with Nesterov's look ahead, at constant β1 (Dozat 2016).

    As Adam, but m̂ = β1 m / (1 − β1ᵗ⁺¹) + (1 − β1) g / (1 − β1ᵗ).
    """

    name = "nadam"
    equation = "as adam, with m̂ = β1 m / (1 − β1ᵗ⁺¹) + (1 − β1) g / (1 − β1ᵗ)"
    source = "Dozat 2016"

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        m, v = self._moments(g, slots)
        m_hat = self.beta1 * m / (1 - self.beta1 ** (t + 1)) + (1 - self.beta1) * g / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return w - learning_rate * m_hat / (namespace(w).sqrt(v_hat) + self.epsilon), {"m": m, "v": v}


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


RULES: dict[str, type[Rule]] = {
    rule.name: rule for rule in (SGD, Momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW, Nadam, Rprop)
}


def get_rule(name: str, **options: Any) -> Rule:
    """Return the update rule of that name with its options set.

    Raises
    ------
    UsageError
        If there is no such rule, or the rule has no such option.
    """
    if name not in RULES:
        raise unknown_name("optimizer", name, RULES)
    known = [field.name for field in fields(RULES[name])]
    for option in options:
        if option not in known:
            raise UsageError(f"the optimizer {name!r} has no option {option!r}; it takes {', '.join(known)}.")
    return RULES[name](**options)
