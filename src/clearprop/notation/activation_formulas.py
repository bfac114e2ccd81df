"""f and f′ of every activation as expressions, written in z and a. Independent of `clearprop.equations.activations`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clearprop.equations.activations import SELU_ALPHA, SELU_SCALE
from clearprop.notation import operations as op
from clearprop.notation.expressions import Constant, Expression, add, apply, hadamard, scale, subtract


@dataclass(frozen=True)
class Formula:
    """One elementwise f.

    Attributes
    ----------
    value : callable
        From the expression z to f(z).
    slope : callable or None
        From the expressions z and a to f′(z); None for the identity, whose slope is 1.
    """

    value: Callable[[Expression], Expression]
    slope: Callable[[Expression, Expression], Expression] | None


def _if_positive(z: Expression, then: Expression, otherwise: Expression) -> Expression:
    return apply(op.CASES, apply(op.POSITIVE, z), then, otherwise)


def _mish_inner(z: Expression) -> Expression:
    return apply(op.TANH, apply(op.SOFTPLUS, z))


def _mish_slope(z: Expression, a: Expression) -> Expression:
    t = _mish_inner(z)
    bend = hadamard(subtract(1, hadamard(t, t)), apply(op.SIGMOID, z))
    return add(t, hadamard(z, bend))


_ONE = Constant(1)
_SCALE, _SCALED_ALPHA = Constant(SELU_SCALE, "1.0507…"), Constant(SELU_SCALE * SELU_ALPHA, "1.7581…")

FORMULAS: dict[str, Formula] = {
    "identity": Formula(lambda z: z, None),
    "sigmoid": Formula(lambda z: apply(op.LOGISTIC, z), lambda z, a: hadamard(a, subtract(1, a))),
    "tanh": Formula(lambda z: apply(op.TANH, z), lambda z, a: subtract(1, hadamard(a, a))),
    "relu": Formula(lambda z: apply(op.MAXIMUM, z, 0), lambda z, a: apply(op.ABOVE, z, 0)),
    "leaky_relu": Formula(
        lambda z: _if_positive(z, z, scale(0.01, z)), lambda z, a: _if_positive(z, _ONE, Constant(0.01))
    ),
    "elu": Formula(
        lambda z: _if_positive(z, z, apply(op.EXPM1, z)), lambda z, a: _if_positive(z, _ONE, add(a, 1))
    ),
    "selu": Formula(
        lambda z: _if_positive(z, scale(_SCALE, z), scale(_SCALED_ALPHA, apply(op.EXPM1, z))),
        lambda z, a: _if_positive(z, _SCALE, add(a, _SCALED_ALPHA)),
    ),
    "softplus": Formula(lambda z: apply(op.SOFTPLUS, z), lambda z, a: apply(op.LOGISTIC, z)),
    "gelu": Formula(
        lambda z: hadamard(z, apply(op.NORMAL_CDF, z)),
        lambda z, a: add(apply(op.NORMAL_CDF, z), hadamard(z, apply(op.NORMAL_DENSITY, z))),
    ),
    "silu": Formula(
        lambda z: hadamard(z, apply(op.SIGMOID, z)),
        lambda z, a: add(apply(op.SIGMOID, z), hadamard(a, subtract(1, apply(op.SIGMOID, z)))),
    ),
    "mish": Formula(lambda z: hadamard(z, _mish_inner(z)), _mish_slope),
    "exp": Formula(lambda z: apply(op.EXP, z), lambda z, a: a),
}  # fmt: skip
"""By the activation's name. softmax is not elementwise: see the writer's pullback and the lecture's Jacobian."""
