"""ℓ and ∂ℓ/∂a of every loss as expressions. Independent of `clearprop.equations.losses`.

``terms`` are elementwise; ℓ of a sample is their sum over the outputs. ``short`` is ∂ℓ/∂z for the canonical
activation, where ∂ℓ/∂a and f′ collapse to something simpler than their product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from clearprop.notation import operations as op
from clearprop.notation.expressions import (
    Expression,
    add,
    apply,
    divide,
    hadamard,
    power,
    scale,
    subtract,
)

Builder: TypeAlias = Callable[[Any, Expression, Expression], Expression]


@dataclass(frozen=True)
class LossFormula:
    """One ℓ; each builder takes the loss (for its options), a and Y."""

    terms: Builder
    gradient: Builder
    short: Builder | None = None


def residual(loss: Any, a: Expression, Y: Expression) -> Expression:
    """Return a − Y, the short delta of most canonical pairs."""
    return subtract(a, Y)


def _huber(loss: Any, a: Expression, Y: Expression) -> Expression:
    r, t = subtract(a, Y), loss.threshold
    quadratic = scale(0.5, power(r, 2))
    linear = scale(t, subtract(apply(op.ABS, r), 0.5 * t))
    return apply(op.CASES, apply(op.WITHIN, r, t), quadratic, linear)


def _quantile(loss: Any, a: Expression, Y: Expression) -> Expression:
    r = subtract(Y, a)
    return apply(op.MAXIMUM, scale(loss.level, r), scale(loss.level - 1, r))


def _quantile_slope(loss: Any, a: Expression, Y: Expression) -> Expression:
    return subtract(scale(1 - loss.level, apply(op.ABOVE, a, Y)), scale(loss.level, apply(op.ABOVE, Y, a)))


def _poisson(loss: Any, a: Expression, Y: Expression) -> Expression:
    return add(subtract(a, Y), apply(op.X_LOG, Y, divide(Y, a)))


def _gamma(loss: Any, a: Expression, Y: Expression) -> Expression:
    return subtract(add(apply(op.LOG, divide(a, Y)), divide(Y, a)), 1)


def _binary_cross_entropy(loss: Any, a: Expression, Y: Expression) -> Expression:
    yes, no = apply(op.X_LOG, Y, a), apply(op.X_LOG, subtract(1, Y), subtract(1, a))
    return apply(op.NEGATE, add(yes, no))


def _focal_part(y: Expression, a: Expression, not_a: Expression, g: float) -> Expression:
    return hadamard(hadamard(y, power(not_a, g)), apply(op.LOG, a))


def _focal_slope(y: Expression, a: Expression, not_a: Expression, g: float) -> Expression:
    falling = scale(g, hadamard(power(not_a, g - 1), apply(op.LOG, a)))
    return hadamard(y, subtract(falling, divide(power(not_a, g), a)))


def _focal(loss: Any, a: Expression, Y: Expression) -> Expression:
    return apply(op.NEGATE, _focal_part(Y, a, subtract(1, a), loss.focusing))


def _binary_focal(loss: Any, a: Expression, Y: Expression) -> Expression:
    b, g = subtract(1, a), loss.focusing
    return apply(op.NEGATE, add(_focal_part(Y, a, b, g), _focal_part(subtract(1, Y), b, a, g)))


def _binary_focal_slope(loss: Any, a: Expression, Y: Expression) -> Expression:
    b, g = subtract(1, a), loss.focusing
    return subtract(_focal_slope(Y, a, b, g), _focal_slope(subtract(1, Y), b, a, g))


def _binary_cross_entropy_slope(loss: Any, a: Expression, Y: Expression) -> Expression:
    return subtract(divide(subtract(1, Y), subtract(1, a)), divide(Y, a))


LOSS_FORMULAS: dict[str, LossFormula] = {
    "squared_error": LossFormula(lambda _, a, Y: scale(0.5, power(subtract(a, Y), 2)), residual, residual),
    "absolute": LossFormula(
        lambda _, a, Y: apply(op.ABS, subtract(a, Y)), lambda _, a, Y: apply(op.SIGN, subtract(a, Y))
    ),
    "huber": LossFormula(_huber, lambda loss, a, Y: apply(op.CLIP, subtract(a, Y), loss.threshold)),
    "log_cosh": LossFormula(
        lambda _, a, Y: apply(op.LOG_COSH, subtract(a, Y)), lambda _, a, Y: apply(op.TANH, subtract(a, Y))
    ),
    "quantile": LossFormula(_quantile, _quantile_slope),
    "poisson": LossFormula(_poisson, lambda _, a, Y: subtract(1, divide(Y, a)), residual),
    "gamma": LossFormula(
        _gamma, lambda _, a, Y: divide(subtract(1, divide(Y, a)), a), lambda _, a, Y: subtract(1, divide(Y, a))
    ),
    "binary_cross_entropy": LossFormula(_binary_cross_entropy, _binary_cross_entropy_slope, residual),
    "cross_entropy": LossFormula(
        lambda _, a, Y: apply(op.NEGATE, apply(op.X_LOG, Y, a)),
        lambda _, a, Y: apply(op.NEGATE, divide(Y, a)),
        residual,
    ),
    "focal": LossFormula(_focal, lambda loss, a, Y: _focal_slope(Y, a, subtract(1, a), loss.focusing)),
    "binary_focal": LossFormula(_binary_focal, _binary_focal_slope),
}
"""By the loss's name. For cross_entropy with label smoothing, Y stands for the smoothed targets."""
