"""Losses: every ℓ beside its derivative.

``value(a, Y)`` is the loss of each row, summed over the outputs: shape (batch,). ``gradient(a, Y)`` is ∂ℓ/∂a:
shape (batch, n_out). Weights and the mean over rows come later, once, in `clearprop.equations.objective`.

Most losses have one *canonical* activation, for which ℓ is best written in z: nothing overflows, nothing cancels,
and the derivative collapses to the short delta ∂ℓ/∂z (for four of them ``a − y``). `value_from_z` and `short_delta`
are that form; every other pair of loss and activation goes through ``gradient`` and the activation's pullback.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from clearprop.equations._arrays import Array, namespace
from clearprop.equations._focal import focal, focal_bend, focal_curvature, focal_slope
from clearprop.equations._logarithms import above_zero, finite, log, log_sigmoids, log_softmax, over_square
from clearprop.equations._loss import Loss, require, row_sum
from clearprop.equations._tables import build
from clearprop.equations.activations import SIGMOID

__all__ = ["LOSSES", "Loss", "get_loss", "loss_after"]


@dataclass(frozen=True)
class SquaredError(Loss):
    """Half the squared distance (Gauss 1809; Rumelhart et al. 1986). Its minimum is the mean of y."""

    name, formula, canonical = "squared_error", "½ Σ (a − y)²", "identity"

    def value(self, a: Array, Y: Array) -> Array:
        return 0.5 * row_sum((a - Y) ** 2)

    def gradient(self, a: Array, Y: Array) -> Array:
        return a - Y

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return namespace(a).ones_like(a)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        return self.value(z, Y)


@dataclass(frozen=True)
class Absolute(Loss):
    """Distance, not squared (Laplace 1793; Bloomfield and Steiger 1983). Its minimum is the median of y."""

    name, formula = "absolute", "Σ |a − y|"

    @property
    def kinks(self) -> tuple[float, ...]:
        return (0.0,)

    def value(self, a: Array, Y: Array) -> Array:
        return row_sum(namespace(a).abs(a - Y))

    def gradient(self, a: Array, Y: Array) -> Array:
        return namespace(a).sign(a - Y)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return namespace(a).zeros_like(a)


@dataclass(frozen=True)
class Huber(Loss):
    """Huber 1964. Quadratic up to ``threshold`` (in units of y), linear beyond it."""

    name, formula = "huber", "Σ (½ r² if |r| ≤ t else t (|r| − ½ t)), r = a − y"
    threshold: float = 1.0

    def __post_init__(self) -> None:
        require(0 < self.threshold < math.inf, "huber: threshold", "above 0", self.threshold)

    @property
    def kinks(self) -> tuple[float, ...]:
        return (-self.threshold, self.threshold)

    def value(self, a: Array, Y: Array) -> Array:
        xp, t = namespace(a), self.threshold
        r = xp.abs(a - Y)
        return row_sum(xp.where(r <= t, 0.5 * r * r, t * (r - 0.5 * t)))

    def gradient(self, a: Array, Y: Array) -> Array:
        return namespace(a).clip(a - Y, -self.threshold, self.threshold)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        xp = namespace(a)
        return xp.astype(xp.abs(a - Y) <= self.threshold, a.dtype)


@dataclass(frozen=True)
class LogCosh(Loss):
    """½ r² for small r, |r| − log 2 for large (Green 1990).

    With e = exp(−2|r|), log cosh r = |r| + log((1 + e) / 2); log1p of expm1 keeps it right to the last digit of |r|.
    """

    name, formula = "log_cosh", "Σ log cosh(a − y)"

    def value(self, a: Array, Y: Array) -> Array:
        xp = namespace(a)
        r = xp.abs(a - Y)
        return row_sum(r + xp.log1p(xp.expm1(-2 * r) / 2))

    def gradient(self, a: Array, Y: Array) -> Array:
        return namespace(a).tanh(a - Y)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return 1 - namespace(a).tanh(a - Y) ** 2


@dataclass(frozen=True)
class Quantile(Loss):
    """Koenker and Bassett 1978, the pinball loss: its minimum is the ``level`` quantile of y."""

    name, formula = "quantile", "Σ max(τ (y − a), (τ − 1) (y − a))"
    level: float = 0.5

    def __post_init__(self) -> None:
        require(0 < self.level < 1, "quantile: level", "between 0 and 1", self.level)

    @property
    def kinks(self) -> tuple[float, ...]:
        return (0.0,)

    def value(self, a: Array, Y: Array) -> Array:
        r = Y - a
        return row_sum(namespace(a).where(r > 0, self.level * r, (self.level - 1) * r))

    def gradient(self, a: Array, Y: Array) -> Array:
        xp = namespace(a)
        ones = xp.ones_like(a)
        above = xp.where(a > Y, (1 - self.level) * ones, 0 * ones)
        return xp.where(a < Y, -self.level * ones, above)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return namespace(a).zeros_like(a)


@dataclass(frozen=True)
class Poisson(Loss):
    """Half the Poisson deviance, for counts (McCullagh and Nelder 1989): 0 for a perfect prediction."""

    name, formula, canonical = "poisson", "Σ (a − y + y log(y / a))", "exp"
    domain, targets = "positive", "nonnegative"

    def value(self, a: Array, Y: Array) -> Array:
        return self._deviance(a, log(a), Y)

    def gradient(self, a: Array, Y: Array) -> Array:
        return 1 - Y / above_zero(a)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return over_square(Y, a)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        return self._deviance(namespace(z).exp(z), z, Y)

    def _deviance(self, a: Array, log_a: Array, Y: Array) -> Array:
        return row_sum(a - Y + finite(Y * (log(Y) - log_a)))


@dataclass(frozen=True)
class Gamma(Loss):
    """Half the gamma deviance (McCullagh and Nelder 1989): relative errors count, not absolute ones."""

    name, formula, canonical = "gamma", "Σ (log(a / y) + y / a − 1)", "exp"
    domain, targets = "positive", "positive"

    def value(self, a: Array, Y: Array) -> Array:
        return row_sum(Y / above_zero(a) - 1 + log(a) - log(Y))

    def gradient(self, a: Array, Y: Array) -> Array:
        a = above_zero(a)
        return finite((1 - Y / a) / a)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return over_square(2 * Y / above_zero(a) - 1, a)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        return row_sum(Y * namespace(z).exp(-z) - 1 + z - log(Y))

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        return 1 - Y * namespace(z).exp(-z)

    def r_short_delta(self, z: Array, a: Array, Y: Array, Rz: Array, Ra: Array) -> Array:
        return Y * namespace(z).exp(-z) * Rz


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Negative log-likelihood of yes or no (Hinton 1989); several outputs are several questions (multi-label).

    In z it is max(z, 0) − y z + log(1 + exp(−|z|)), which neither overflows nor loses the small tail.
    """

    name, formula = "binary_cross_entropy", "−Σ (y log a + (1 − y) log(1 − a))"
    domain, targets, canonical = "unit", "unit", "sigmoid"

    def value(self, a: Array, Y: Array) -> Array:
        return -row_sum(Y * log(a) + (1 - Y) * log(1 - a))

    def gradient(self, a: Array, Y: Array) -> Array:
        return (1 - Y) / above_zero(1 - a) - Y / above_zero(a)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return over_square(1 - Y, 1 - a) + over_square(Y, a)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        xp = namespace(z)
        return row_sum(xp.maximum(z, xp.zeros_like(z)) - Y * z + xp.log1p(xp.exp(-xp.abs(z))))


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """Negative log-likelihood of one class per row (Bridle 1990).

    ``label_smoothing`` ε puts (1 − ε) y + ε / K in the place of y (Szegedy et al. 2016). The short delta is
    a Σ y − y: a − y where the row adds up to 1, and still the exact derivative where rounding kept it from that.
    """

    name, formula = "cross_entropy", "−Σ y log a"
    domain, targets, canonical = "simplex", "distribution", "softmax"
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        require(0 <= self.label_smoothing < 1, "cross_entropy: label_smoothing", "in [0, 1)", self.label_smoothing)

    def value(self, a: Array, Y: Array) -> Array:
        return -row_sum(self._smooth(Y) * log(a))

    def gradient(self, a: Array, Y: Array) -> Array:
        return -self._smooth(Y) / above_zero(a)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return over_square(self._smooth(Y), a)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        return -row_sum(self._smooth(Y) * log_softmax(z))

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        Y = self._smooth(Y)
        return a * namespace(Y).sum(Y, axis=-1, keepdims=True) - Y

    def r_short_delta(self, z: Array, a: Array, Y: Array, Rz: Array, Ra: Array) -> Array:
        return Ra * namespace(Y).sum(self._smooth(Y), axis=-1, keepdims=True)

    def _smooth(self, Y: Array) -> Array:
        return (1 - self.label_smoothing) * Y + self.label_smoothing / Y.shape[-1]


@dataclass(frozen=True)
class Focal(Loss):
    """Lin et al. 2017, over classes: rows that are already right count less, the more so the larger γ."""

    name, formula = "focal", "−Σ y (1 − a)^γ log a"
    domain, targets, canonical = "simplex", "distribution", "softmax"
    focusing: float = 2.0

    def __post_init__(self) -> None:
        require(1 <= self.focusing < math.inf, "focal: focusing", "at least 1 and finite", self.focusing)

    def value(self, a: Array, Y: Array) -> Array:
        return row_sum(Y * focal(log(a), self.focusing))

    def gradient(self, a: Array, Y: Array) -> Array:
        return Y * focal_slope(log(a), self.focusing) / above_zero(a)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return Y * focal_curvature(log(a), self.focusing)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        return row_sum(Y * focal(log_softmax(z), self.focusing))

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        slope = Y * focal_slope(log_softmax(z), self.focusing)
        return slope - a * namespace(z).sum(slope, axis=-1, keepdims=True)

    def r_short_delta(self, z: Array, a: Array, Y: Array, Rz: Array, Ra: Array) -> Array:
        total, log_a, g = namespace(z).sum, log_softmax(z), self.focusing
        slope = Y * focal_slope(log_a, g)
        Rslope = Y * focal_bend(log_a, g) * (Rz - total(a * Rz, axis=-1, keepdims=True))
        return Rslope - Ra * total(slope, axis=-1, keepdims=True) - a * total(Rslope, axis=-1, keepdims=True)


@dataclass(frozen=True)
class BinaryFocal(Loss):
    """Lin et al. 2017, eq. 4, without the class balance: one yes-or-no question per output."""

    name, formula = "binary_focal", "−Σ (y (1 − a)^γ log a + (1 − y) a^γ log(1 − a))"
    domain, targets, canonical = "unit", "unit", "sigmoid"
    focusing: float = 2.0

    def __post_init__(self) -> None:
        require(1 <= self.focusing < math.inf, "binary_focal: focusing", "at least 1 and finite", self.focusing)

    def value(self, a: Array, Y: Array) -> Array:
        g = self.focusing
        return row_sum(Y * focal(log(a), g) + (1 - Y) * focal(log(1 - a), g))

    def gradient(self, a: Array, Y: Array) -> Array:
        g, no = self.focusing, 1 - a
        return Y * focal_slope(log(a), g) / above_zero(a) - (1 - Y) * focal_slope(log(no), g) / above_zero(no)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        g = self.focusing
        return Y * focal_curvature(log(a), g) + (1 - Y) * focal_curvature(log(1 - a), g)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        g, (log_yes, log_no) = self.focusing, log_sigmoids(z)
        return row_sum(Y * focal(log_yes, g) + (1 - Y) * focal(log_no, g))

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        g, no, (log_yes, log_no) = self.focusing, SIGMOID.forward(-z), log_sigmoids(z)
        return Y * no * focal_slope(log_yes, g) - (1 - Y) * a * focal_slope(log_no, g)

    def r_short_delta(self, z: Array, a: Array, Y: Array, Rz: Array, Ra: Array) -> Array:
        g, no, (log_yes, log_no) = self.focusing, SIGMOID.forward(-z), log_sigmoids(z)
        yes_change = no * focal_bend(log_yes, g) - a * focal_slope(log_yes, g)
        no_change = a * focal_bend(log_no, g) - no * focal_slope(log_no, g)
        return (Y * no * yes_change + (1 - Y) * a * no_change) * Rz


LOSSES: dict[str, type[Loss]] = {
    loss.name: loss
    for loss in (
        SquaredError, Absolute, Huber, LogCosh, Quantile, Poisson, Gamma,
        BinaryCrossEntropy, CrossEntropy, Focal, BinaryFocal,
    )
}  # fmt: skip


def loss_after(output: str) -> str:
    """Return the first loss that an output activation is canonical for, squared_error if it is so for none."""
    return next((name for name, loss in LOSSES.items() if loss.canonical == output), "squared_error")


def get_loss(name: str, **options: Any) -> Loss:
    """Return the loss of that name with its options set.

    Raises
    ------
    UsageError
        If there is no such loss, or the loss has no such option.
    """
    return build("loss", LOSSES, name, options)
