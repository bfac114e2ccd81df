"""Input stages as expressions: y from the columns of X, and ∂J/∂ of each parameter. Independent of the stages' code.

A stage without an entry is written by its name, as a function of its columns and parameters, and run itself; an entry
writes out what it does. In it, `pen` is the notation's writer, which knows how samples lie and where 1/m stands:
``pen.columns(part)`` are the stage's columns of X, ``pen.one_hot(part)`` the one-hot rows of its codes,
``pen.parameter(part, "E", *axes)`` is a parameter, ``pen.weight_gradient`` and ``pen.bias_gradient`` are the sums over
samples of which gradients are made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from clearprop.notation.expressions import Expression
from clearprop.notation.shapes import Axis

Pen: TypeAlias = Any
"""A writer of `clearprop.explain.derivation`."""
Part: TypeAlias = Any
"""A stage at its place: `clearprop.equations.stages.beside.Part`."""


def _nothing(pen: Pen, part: Part, upstream: Expression) -> dict[str, Expression]:
    return {}


@dataclass(frozen=True)
class StageFormula:
    """One stage.

    Attributes
    ----------
    block : callable
        From (pen, part) to the axis of its columns of a[0].
    value : callable
        From (pen, part) to y.
    gradients : callable
        From (pen, part, ∂J/∂y) to ∂J/∂ of its parameters, under its own names for them.
    """

    block: Callable[[Pen, Part], Axis]
    value: Callable[[Pen, Part], Expression]
    gradients: Callable[[Pen, Part, Expression], dict[str, Expression]] = _nothing


def _embedding(pen: Pen, part: Part) -> Expression:
    made: Expression = pen.lies.linear(pen.one_hot(part), pen.parameter(part, "E"))
    return made


def _embedding_gradients(pen: Pen, part: Part, upstream: Expression) -> dict[str, Expression]:
    return {"E": pen.weight_gradient(pen.one_hot(part), upstream)}


STAGE_FORMULAS: dict[str, StageFormula] = {
    "numbers": StageFormula(lambda pen, part: pen.column_axis(part), lambda pen, part: pen.columns(part)),
    "one_hot": StageFormula(lambda pen, part: pen.code_axis(part), lambda pen, part: pen.one_hot(part)),
    "embedding": StageFormula(lambda pen, part: pen.stage_axis(part), _embedding, _embedding_gradients),
}
