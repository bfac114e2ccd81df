"""Adam and its kin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.optimizers.rule import Rule, Slots


@dataclass(frozen=True, kw_only=True)
class Adam(Rule):
    """Kingma and Ba 2015, algorithm 1.

    m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²;  w ← w − η m̂ / (√v̂ + ε),
    with m̂ = m / (1 − β1ᵗ) and v̂ = v / (1 − β2ᵗ).
    """

    name = "adam"
    equation = "m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²;  w ← w − η m̂ / (√v̂ + ε)"
    source = "Kingma and Ba 2015"
    slots: ClassVar[tuple[str, ...]] = ("m", "v")
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
    """Adam with decoupled weight decay: w ← w − η (m̂ / (√v̂ + ε) + λ w) (Loshchilov and Hutter 2019)."""

    name = "adamw"
    equation = "m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²;  w ← w − η (m̂ / (√v̂ + ε) + λ w)"
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
class AMSGrad(Adam):
    """Adam with a denominator that never shrinks: u ← max(u, v̂);  w ← w − η m̂ / (√u + ε) (Reddi et al. 2018)."""

    name = "amsgrad"
    equation = "as adam, with u ← max(u, v̂);  w ← w − η m̂ / (√u + ε)"
    source = "Reddi et al. 2018"
    slots: ClassVar[tuple[str, ...]] = ("m", "v", "u")

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        xp = namespace(w)
        m, v = self._moments(g, slots)
        u = xp.maximum(slots["u"], v / (1 - self.beta2**t))
        m_hat = m / (1 - self.beta1**t)
        return w - learning_rate * m_hat / (xp.sqrt(u) + self.epsilon), {"m": m, "v": v, "u": u}


@dataclass(frozen=True, kw_only=True)
class RAdam(Adam):
    """Adam that does not trust v̂ before it has seen enough: a warm-up of its own (Liu et al. 2020).

    ϱ∞ = 2 / (1 − β2) − 1;  ϱ = ϱ∞ − 2 t β2ᵗ / (1 − β2ᵗ).  Where ϱ ≥ 5:  w ← w − η r m̂ / (√v̂ + ε)
    with r² = (ϱ − 4)(ϱ − 2) ϱ∞ / ((ϱ∞ − 4)(ϱ∞ − 2) ϱ);  before that:  w ← w − η m̂.
    """

    name = "radam"
    equation = "as adam, times r(t) = √((ϱ − 4)(ϱ − 2) ϱ∞ / ((ϱ∞ − 4)(ϱ∞ − 2) ϱ));  w ← w − η m̂ while ϱ < 5"
    source = "Liu et al. 2020"

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        m, v = self._moments(g, slots)
        m_hat, v_hat = m / (1 - self.beta1**t), v / (1 - self.beta2**t)
        last = 2 / (1 - self.beta2) - 1
        if last < 5:  # so few steps back that v̂ never sees enough
            return w - learning_rate * m_hat, {"m": m, "v": v}
        xp = namespace(w)
        now = xp.asarray(last - 2 * t * self.beta2**t / (1 - self.beta2**t))
        trusted = now >= 5
        now = xp.where(trusted, now, xp.full_like(now, 5))
        r = xp.astype(xp.sqrt((now - 4) * (now - 2) * last / ((last - 4) * (last - 2) * now)), w.dtype)
        step = xp.where(trusted, r * m_hat / (xp.sqrt(v_hat) + self.epsilon), m_hat)
        return w - learning_rate * step, {"m": m, "v": v}


@dataclass(frozen=True, kw_only=True)
class Lion(Rule):
    """Only the sign of a momentum counts: w ← w − η sign(β1 m + (1 − β1) g);  m ← β2 m + (1 − β2) g (Chen et al. 2023).

    Its learning rate is to be three to ten times smaller than adam's.
    """

    name = "lion"
    equation = "w ← w − η sign(β1 m + (1 − β1) g);  m ← β2 m + (1 − β2) g"
    source = "Chen et al. 2023"
    slots = ("m",)
    learning_rate: float = 0.0001
    beta1: float = 0.9
    beta2: float = 0.99

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        direction = namespace(w).sign(self.beta1 * slots["m"] + (1 - self.beta1) * g)
        return w - learning_rate * direction, {"m": self.beta2 * slots["m"] + (1 - self.beta2) * g}
