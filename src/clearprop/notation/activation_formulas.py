"""f and f′ of every activation as expressions, written in z and a. Independent of `clearprop.equations.activations`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from clearprop.equations.activations import SELU_ALPHA, SELU_SCALE, Activation
from clearprop.equations.more_activations import Stepwise
from clearprop.equations.passing import Passing
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


def _power(z: Expression, p: float) -> Expression:
    return apply(op.POWER_OF, z, p)


def _one_more(z: Expression) -> Expression:
    return add(1, apply(op.ABS, z))


def _cut_sigmoid(z: Expression) -> Expression:
    below = _if_positive(add(z, 15), apply(op.LOGISTIC, z), Constant(0))
    return _if_positive(subtract(z, 15), _ONE, below)


def _gelu_tanh(z: Expression) -> Expression:
    return apply(op.TANH, scale(_INNER, add(z, scale(0.044715, _power(z, 3)))))


def _gelu_tanh_slope(z: Expression, a: Expression) -> Expression:
    t = _gelu_tanh(z)
    bend = scale(_INNER, add(1, scale(0.134145, _power(z, 2))))
    rest = hadamard(scale(0.5, z), hadamard(subtract(1, hadamard(t, t)), bend))
    return add(scale(0.5, add(1, t)), rest)


def _leaky_relu(slope: float, threshold: float = 0.0, largest: float = math.inf) -> Formula:
    if threshold or largest < math.inf:
        return _jumping_relu(slope, threshold, largest)
    return Formula(
        lambda z: _if_positive(z, z, scale(slope, z)), lambda z, a: _if_positive(z, _ONE, Constant(slope))
    )  # fmt: skip


def _jumping_relu(slope: float, threshold: float, largest: float) -> Formula:
    def value(z: Expression) -> Expression:
        above = z if largest == math.inf else apply(op.MINIMUM, z, largest)
        return _if_positive(subtract(z, threshold), above, scale(slope, subtract(z, threshold)))

    def derivative(z: Expression, a: Expression) -> Expression:
        above = _ONE if largest == math.inf else subtract(1, apply(op.ABOVE, z, largest))
        return _if_positive(subtract(z, threshold), above, Constant(slope))

    return Formula(value, derivative)


def _elu(alpha: float) -> Formula:
    def below(z: Expression) -> Expression:
        return apply(op.EXPM1, z) if alpha == 1 else scale(alpha, apply(op.EXPM1, z))

    return Formula(lambda z: _if_positive(z, z, below(z)), lambda z, a: _if_positive(z, _ONE, add(a, alpha)))


def _softplus(threshold: float) -> Formula:
    if threshold == math.inf:
        return Formula(lambda z: apply(op.SOFTPLUS, z), lambda z, a: apply(op.LOGISTIC, z))

    def cut(z: Expression, then: Expression, otherwise: Expression) -> Expression:
        return _if_positive(subtract(z, threshold), then, otherwise)

    return Formula(
        lambda z: cut(z, z, apply(op.SOFTPLUS, z)), lambda z, a: cut(z, _ONE, apply(op.LOGISTIC, z))
    )  # fmt: skip


def _hard_tanh(low: float, high: float) -> Formula:
    return Formula(
        lambda z: apply(op.MINIMUM, apply(op.MAXIMUM, z, low), high),
        lambda z, a: hadamard(apply(op.ABOVE, z, low), subtract(1, apply(op.ABOVE, z, high))),
    )


def _hard_silu() -> Formula:
    def value(z: Expression) -> Expression:
        return hadamard(z, apply(op.MINIMUM, apply(op.MAXIMUM, add(scale(_SIXTH, z), 0.5), 0), 1))

    def slope(z: Expression, a: Expression) -> Expression:
        inside = add(scale(_THIRD, z), 0.5)
        return _if_positive(add(z, 3), _if_positive(subtract(z, 3), _ONE, inside), Constant(0))

    return Formula(value, slope)


def _passing(of: Formula, beside: op.Operation) -> Formula:
    def slope(z: Expression, a: Expression) -> Expression:
        return apply(beside, of.slope(z, a) if of.slope else apply(op.ONES, z), apply(op.ONES, z))

    return Formula(lambda z: apply(beside, of.value(z), z), slope)


_OfLine = Callable[[float, float, float], Expression]


def _stepwise(low: float) -> Formula:
    f = Stepwise(low)

    def chosen(z: Expression, of_line: _OfLine, ends: tuple[float, float]) -> Expression:
        made: Expression = Constant(ends[0])
        for v, r, slope, _ in f.lines:
            made = _if_positive(subtract(z, _short(v)), of_line(v, r, slope), made)
        return _if_positive(subtract(z, _short(f.points[-1][0])), Constant(ends[1]), made)

    def value(z: Expression) -> Expression:
        return chosen(z, lambda v, r, slope: add(scale(_short(slope), subtract(z, _short(v))), _short(r)), (low, 1))

    return Formula(value, lambda z, a: chosen(z, lambda v, r, slope: _short(slope), (0, 0)))


def _short(number: float) -> Constant:
    return Constant(number, f"{number:.4f}…".replace("-", "−"))


_ONE = Constant(1)
_SIXTH, _THIRD = Constant(1 / 6, "0.1666…"), Constant(1 / 3, "0.3333…")
_INNER = Constant(math.sqrt(2 / math.pi), "0.7979…")
_SCALE, _SCALED_ALPHA = Constant(SELU_SCALE, "1.0507…"), Constant(SELU_SCALE * SELU_ALPHA, "1.7581…")

FORMULAS: dict[str, Formula] = {
    "identity": Formula(lambda z: z, None),
    "sigmoid": Formula(lambda z: apply(op.LOGISTIC, z), lambda z, a: hadamard(a, subtract(1, a))),
    "tanh": Formula(lambda z: apply(op.TANH, z), lambda z, a: subtract(1, hadamard(a, a))),
    "relu": Formula(lambda z: apply(op.MAXIMUM, z, 0), lambda z, a: apply(op.ABOVE, z, 0)),
    "leaky_relu": _leaky_relu(0.01),
    "elu": _elu(1.0),
    "selu": Formula(
        lambda z: _if_positive(z, scale(_SCALE, z), scale(_SCALED_ALPHA, apply(op.EXPM1, z))),
        lambda z, a: _if_positive(z, _SCALE, add(a, _SCALED_ALPHA)),
    ),
    "softplus": _softplus(math.inf),
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
    "softsign": Formula(lambda z: apply(op.DIVIDE, z, _one_more(z)), lambda z, a: _power(_one_more(z), -2)),
    "gaussian": Formula(lambda z: apply(op.EXP, scale(-1, _power(z, 2))), lambda z, a: scale(-2, hadamard(z, a))),
    "cut_sigmoid": Formula(_cut_sigmoid, lambda z, a: hadamard(a, subtract(1, a))),
    "gelu_tanh": Formula(lambda z: hadamard(scale(0.5, z), add(1, _gelu_tanh(z))), _gelu_tanh_slope),
    "hard_tanh": _hard_tanh(-1.0, 1.0),
    "sin": Formula(lambda z: apply(op.SIN, z), lambda z, a: apply(op.COS, z)),
    "hard_silu": _hard_silu(),
    "tanh_shrink": Formula(lambda z: subtract(z, apply(op.TANH, z)), lambda z, a: _power(apply(op.TANH, z), 2)),
    "stepwise": _stepwise(0.0),
}  # fmt: skip
"""By the activation's name. softmax is not elementwise: see the writer's pullback and the lecture's Jacobian."""

_WITH_OPTIONS: dict[str, Callable[..., Formula]] = {
    "leaky_relu": _leaky_relu, "elu": _elu, "softplus": _softplus, "hard_tanh": _hard_tanh, "stepwise": _stepwise,
}  # fmt: skip


def activation_formula(f: Activation, axis: int) -> Formula:
    """Return the formula of an elementwise activation, with the options it has; units lie along an axis."""
    if isinstance(f, Passing):
        return _passing(activation_formula(f.f, axis), op.beside(axis, f.passing))
    return _WITH_OPTIONS[f.kind](**f.options) if f.options else FORMULAS[f.kind]
