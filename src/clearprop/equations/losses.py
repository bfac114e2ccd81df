"""Losses: every ℓ beside its derivative.

``value(a, Y)`` is the loss of each row, summed over the outputs: shape (batch,). ``gradient(a, Y)`` is ∂ℓ/∂a:
shape (batch, n_out). Weights and the mean over rows come later, once, in `clearprop.equations.objective`.

Most losses have one *canonical* activation, for which ℓ is best written in z: nothing overflows, nothing cancels,
and the derivative collapses to the short delta ∂ℓ/∂z (for four of them ``a − y``). `value_from_z` and `short_delta`
are that form; every other pair of loss and activation goes through ``gradient`` and the activation's pullback.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from clearprop.equations._arrays import Array, namespace, xlogy
from clearprop.equations._focal import focal_bend, focal_curvature, focal_slope
from clearprop.equations.activations import SIGMOID, SOFTPLUS
from clearprop.errors import UsageError, unknown_name


@dataclass(frozen=True)
class Loss:
    """ℓ of one row of outputs a and targets y.

    Attributes
    ----------
    name : str
        The name an objective is described with.
    formula : str
        ℓ for one row, for people.
    domain : {"real", "positive", "unit", "simplex"}
        Where a must lie: anywhere, above 0, strictly between 0 and 1, or rows of probabilities.
    targets : {"real", "nonnegative", "positive", "unit", "distribution"}
        Where y must lie.
    canonical : str or None
        The activation whose short form `value_from_z` and `short_delta` hold.
    kink : bool
        Whether ∂ℓ/∂a jumps somewhere.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    domain: ClassVar[str] = "real"
    targets: ClassVar[str] = "real"
    canonical: ClassVar[str | None] = None
    kink: ClassVar[bool] = False

    def value(self, a: Array, Y: Array) -> Array:
        """Return ℓ of each row, shape (batch,)."""
        raise NotImplementedError

    def gradient(self, a: Array, Y: Array) -> Array:
        """Return ∂ℓ/∂a, shape (batch, n_out)."""
        raise NotImplementedError

    def second_derivative(self, a: Array, Y: Array) -> Array:
        """Return ∂²ℓ/∂a², shape (batch, n_out): every ℓ is a sum over the outputs, so no mixed ones exist."""
        raise NotImplementedError

    def value_from_z(self, z: Array, Y: Array) -> Array:
        """Return ℓ of each row, written in the z of the canonical activation, shape (batch,)."""
        raise NotImplementedError

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        """Return ∂ℓ/∂z under the canonical activation, shape (batch, n_out)."""
        return a - Y

    def r_short_delta(self, z: Array, a: Array, Y: Array, Rz: Array, Ra: Array) -> Array:
        """Return how the short delta changes when z changes along Rz, and a with it along Ra."""
        return Ra


@dataclass(frozen=True)
class SquaredError(Loss):
    name, formula, canonical = "squared_error", "½ Σ (a − y)²", "identity"

    def value(self, a: Array, Y: Array) -> Array:
        return 0.5 * _row_sum((a - Y) ** 2)

    def gradient(self, a: Array, Y: Array) -> Array:
        return a - Y

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return namespace(a).ones_like(a)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        return self.value(z, Y)


@dataclass(frozen=True)
class Absolute(Loss):
    name, formula, kink = "absolute", "Σ |a − y|", True

    def value(self, a: Array, Y: Array) -> Array:
        return _row_sum(namespace(a).abs(a - Y))

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
        _require(self.threshold > 0, "huber: threshold", "above 0", self.threshold)

    def value(self, a: Array, Y: Array) -> Array:
        xp, t = namespace(a), self.threshold
        r = xp.abs(a - Y)
        return _row_sum(xp.where(r <= t, 0.5 * r * r, t * (r - 0.5 * t)))

    def gradient(self, a: Array, Y: Array) -> Array:
        return namespace(a).clip(a - Y, -self.threshold, self.threshold)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        xp = namespace(a)
        return xp.astype(xp.abs(a - Y) <= self.threshold, a.dtype)


@dataclass(frozen=True)
class LogCosh(Loss):
    name, formula = "log_cosh", "Σ log cosh(a − y)"

    def value(self, a: Array, Y: Array) -> Array:
        xp = namespace(a)
        r = xp.abs(a - Y)
        return _row_sum(r + xp.log1p(xp.exp(-2 * r)) - math.log(2))

    def gradient(self, a: Array, Y: Array) -> Array:
        return namespace(a).tanh(a - Y)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return 1 - namespace(a).tanh(a - Y) ** 2


@dataclass(frozen=True)
class Quantile(Loss):
    """Koenker and Bassett 1978, the pinball loss: its minimum is the ``level`` quantile of y."""

    name, formula, kink = "quantile", "Σ max(τ (y − a), (τ − 1) (y − a))", True
    level: float = 0.5

    def __post_init__(self) -> None:
        _require(0 < self.level < 1, "quantile: level", "between 0 and 1", self.level)

    def value(self, a: Array, Y: Array) -> Array:
        r = Y - a
        return _row_sum(namespace(a).where(r > 0, self.level * r, (self.level - 1) * r))

    def gradient(self, a: Array, Y: Array) -> Array:
        xp = namespace(a)
        ones = xp.ones_like(a)
        above = xp.where(a > Y, (1 - self.level) * ones, 0 * ones)
        return xp.where(a < Y, -self.level * ones, above)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return namespace(a).zeros_like(a)


@dataclass(frozen=True)
class Poisson(Loss):
    """Half the Poisson deviance: 0 for a perfect prediction."""

    name, formula, canonical = "poisson", "Σ (a − y + y log(y / a))", "exp"
    domain, targets = "positive", "nonnegative"

    def value(self, a: Array, Y: Array) -> Array:
        return _row_sum(a - Y + xlogy(Y, Y / _above_zero(a)))

    def gradient(self, a: Array, Y: Array) -> Array:
        return 1 - Y / _above_zero(a)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return Y / _above_zero(a) ** 2

    def value_from_z(self, z: Array, Y: Array) -> Array:
        return _row_sum(namespace(z).exp(z) - Y + xlogy(Y, Y) - Y * z)


@dataclass(frozen=True)
class Gamma(Loss):
    """Half the gamma deviance: relative errors count, not absolute ones."""

    name, formula, canonical = "gamma", "Σ (log(a / y) + y / a − 1)", "exp"
    domain, targets = "positive", "positive"

    def value(self, a: Array, Y: Array) -> Array:
        ratio = Y / _above_zero(a)
        return _row_sum(ratio - namespace(a).log(ratio) - 1)

    def gradient(self, a: Array, Y: Array) -> Array:
        a = _above_zero(a)
        return (1 - Y / a) / a

    def second_derivative(self, a: Array, Y: Array) -> Array:
        a = _above_zero(a)
        return (2 * Y / a - 1) / a**2

    def value_from_z(self, z: Array, Y: Array) -> Array:
        xp = namespace(z)
        return _row_sum(z - xp.log(Y) + Y * xp.exp(-z) - 1)

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        return 1 - Y * namespace(z).exp(-z)

    def r_short_delta(self, z: Array, a: Array, Y: Array, Rz: Array, Ra: Array) -> Array:
        return Y * namespace(z).exp(-z) * Rz


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """One yes-or-no question per output; several outputs are several questions (multi-label)."""

    name, formula = "binary_cross_entropy", "−Σ (y log a + (1 − y) log(1 − a))"
    domain, targets, canonical = "unit", "unit", "sigmoid"

    def value(self, a: Array, Y: Array) -> Array:
        log = namespace(a).log
        return -_row_sum(Y * log(_above_zero(a)) + (1 - Y) * log(_above_zero(1 - a)))

    def gradient(self, a: Array, Y: Array) -> Array:
        return (1 - Y) / _above_zero(1 - a) - Y / _above_zero(a)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return (1 - Y) / _above_zero(1 - a) ** 2 + Y / _above_zero(a) ** 2

    def value_from_z(self, z: Array, Y: Array) -> Array:
        return _row_sum(SOFTPLUS.forward(z) - Y * z)


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """One class per row. ``label_smoothing`` ε puts (1 − ε) y + ε / K in the place of y."""

    name, formula = "cross_entropy", "−Σ y log a"
    domain, targets, canonical = "simplex", "distribution", "softmax"
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        _require(0 <= self.label_smoothing < 1, "cross_entropy: label_smoothing", "in [0, 1)", self.label_smoothing)

    def value(self, a: Array, Y: Array) -> Array:
        return -_row_sum(self._smooth(Y) * namespace(a).log(_above_zero(a)))

    def gradient(self, a: Array, Y: Array) -> Array:
        return -self._smooth(Y) / _above_zero(a)

    def second_derivative(self, a: Array, Y: Array) -> Array:
        return self._smooth(Y) / _above_zero(a) ** 2

    def value_from_z(self, z: Array, Y: Array) -> Array:
        return -_row_sum(self._smooth(Y) * _log_softmax(z))

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        return a - self._smooth(Y)

    def _smooth(self, Y: Array) -> Array:
        return (1 - self.label_smoothing) * Y + self.label_smoothing / Y.shape[-1]


@dataclass(frozen=True)
class Focal(Loss):
    """Lin et al. 2017, over classes: rows that are already right count less, the more so the larger γ."""

    name, formula = "focal", "−Σ y (1 − a)^γ log a"
    domain, targets, canonical = "simplex", "distribution", "softmax"
    focusing: float = 2.0

    def __post_init__(self) -> None:
        _require(self.focusing >= 1, "focal: focusing", "at least 1", self.focusing)

    def value(self, a: Array, Y: Array) -> Array:
        return -_row_sum(Y * (1 - a) ** self.focusing * namespace(a).log(_above_zero(a)))

    def gradient(self, a: Array, Y: Array) -> Array:
        a = _above_zero(a)
        return focal_slope(a, namespace(a).log(a), self.focusing) * Y / a

    def second_derivative(self, a: Array, Y: Array) -> Array:
        a = _above_zero(a)
        return Y * focal_curvature(a, namespace(a).log(a), self.focusing)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        log_a = _log_softmax(z)
        return -_row_sum(Y * (1 - namespace(z).exp(log_a)) ** self.focusing * log_a)

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        slope = Y * focal_slope(a, _log_softmax(z), self.focusing)
        return slope - a * namespace(z).sum(slope, axis=-1, keepdims=True)

    def r_short_delta(self, z: Array, a: Array, Y: Array, Rz: Array, Ra: Array) -> Array:
        total, log_a, g = namespace(z).sum, _log_softmax(z), self.focusing
        slope = Y * focal_slope(a, log_a, g)
        Rslope = Y * focal_bend(a, log_a, g) * (Rz - total(a * Rz, axis=-1, keepdims=True))
        return Rslope - Ra * total(slope, axis=-1, keepdims=True) - a * total(Rslope, axis=-1, keepdims=True)


@dataclass(frozen=True)
class BinaryFocal(Loss):
    """Lin et al. 2017, eq. 4, without the class balance: one yes-or-no question per output."""

    name, formula = "binary_focal", "−Σ (y (1 − a)^γ log a + (1 − y) a^γ log(1 − a))"
    domain, targets, canonical = "unit", "unit", "sigmoid"
    focusing: float = 2.0

    def __post_init__(self) -> None:
        _require(self.focusing >= 1, "binary_focal: focusing", "at least 1", self.focusing)

    def value(self, a: Array, Y: Array) -> Array:
        log, g = namespace(a).log, self.focusing
        yes = Y * (1 - a) ** g * log(_above_zero(a))
        return -_row_sum(yes + (1 - Y) * a**g * log(_above_zero(1 - a)))

    def gradient(self, a: Array, Y: Array) -> Array:
        log, g = namespace(a).log, self.focusing
        p, q = _above_zero(a), _above_zero(1 - a)
        return Y * focal_slope(p, log(p), g) / p - (1 - Y) * focal_slope(q, log(q), g) / q

    def second_derivative(self, a: Array, Y: Array) -> Array:
        log, g = namespace(a).log, self.focusing
        p, q = _above_zero(a), _above_zero(1 - a)
        return Y * focal_curvature(p, log(p), g) + (1 - Y) * focal_curvature(q, log(q), g)

    def value_from_z(self, z: Array, Y: Array) -> Array:
        a, g = SIGMOID.forward(z), self.focusing
        yes = Y * (1 - a) ** g * SOFTPLUS.forward(-z)
        return _row_sum(yes + (1 - Y) * a**g * SOFTPLUS.forward(z))

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        g, no = self.focusing, SIGMOID.forward(-z)
        yes_slope = focal_slope(a, -SOFTPLUS.forward(-z), g)
        no_slope = focal_slope(no, -SOFTPLUS.forward(z), g)
        return Y * no * yes_slope - (1 - Y) * a * no_slope

    def r_short_delta(self, z: Array, a: Array, Y: Array, Rz: Array, Ra: Array) -> Array:
        g, no = self.focusing, SIGMOID.forward(-z)
        log_a, log_no = -SOFTPLUS.forward(-z), -SOFTPLUS.forward(z)
        yes_change = no * focal_bend(a, log_a, g) - a * focal_slope(a, log_a, g)
        no_change = a * focal_bend(no, log_no, g) - no * focal_slope(no, log_no, g)
        return (Y * no * yes_change + (1 - Y) * a * no_change) * Rz


def _row_sum(terms: Array) -> Array:
    return namespace(terms).sum(terms, axis=-1)


def _above_zero(a: Array) -> Array:
    """Return a, kept off 0 so that its logarithm and reciprocal stay finite."""
    xp = namespace(a)
    return xp.maximum(a, xp.full_like(a, float(xp.finfo(a.dtype).smallest_normal)))


def _log_softmax(z: Array) -> Array:
    xp = namespace(z)
    shifted = z - xp.max(z, axis=-1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))


def _require(holds: bool, what: str, expected: str, came: object) -> None:
    if not holds:
        raise UsageError(f"{what} must be {expected}, got {came!r}.")


LOSSES: dict[str, type[Loss]] = {
    loss.name: loss
    for loss in (
        SquaredError, Absolute, Huber, LogCosh, Quantile, Poisson, Gamma,
        BinaryCrossEntropy, CrossEntropy, Focal, BinaryFocal,
    )
}  # fmt: skip


def get_loss(name: str, **options: Any) -> Loss:
    """Return the loss of that name with its options set.

    Raises
    ------
    UsageError
        If there is no such loss, or the loss has no such option.
    """
    if name not in LOSSES:
        raise unknown_name("loss", name, LOSSES)
    known = [field.name for field in fields(LOSSES[name])]
    for option in options:
        if option not in known:
            raise UsageError(f"the loss {name!r} has no option {option!r}; it takes {', '.join(known) or 'none'}.")
    return LOSSES[name](**options)
