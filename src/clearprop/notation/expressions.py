"""Expressions: small trees of symbols and operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from clearprop.notation import operations as op
from clearprop.notation.markup import Fenced, Fraction, Markup, Number
from clearprop.notation.operations import ATOM, POWER, Glyphs, Operation
from clearprop.notation.shapes import Shape

Values: TypeAlias = Mapping[str, Any]
"""Arrays by the name of their symbol."""


@dataclass(frozen=True)
class Symbol:
    """A named quantity.

    Attributes
    ----------
    name : str
        The engine's name for it where it has one ("z1", "delta2", "dW1"), whatever the notation calls it.
    markup : Markup
        What this notation calls it.
    shape : Shape
    """

    name: str
    markup: Markup
    shape: Shape

    @property
    def binds(self) -> int:
        """How tightly the written form holds together."""
        return POWER if isinstance(self.markup, Fraction) else ATOM

    def write(self, glyphs: Glyphs) -> Markup:
        """Return the written form."""
        return self.markup

    def evaluate(self, values: Values) -> Any:
        """Return its value."""
        return values[self.name]


def decimal(value: float) -> str:
    """Return a number in six digits: 0.01, −1, 0.000180652…; the dots say that more follow."""
    text = f"{value:.6g}"
    return text.replace("-", "−") + ("" if float(text) == value else "…")


@dataclass(frozen=True)
class Constant:
    """A number."""

    value: float
    text: str = ""
    binds: int = ATOM
    shape: Shape = ()

    def write(self, glyphs: Glyphs) -> Markup:
        """Return the number as it is read."""
        return Number(self.text or decimal(self.value))

    def evaluate(self, values: Values) -> Any:
        """Return the number."""
        return self.value


@dataclass(frozen=True)
class Apply:
    """An operation on expressions."""

    operation: Operation
    arguments: tuple[Expression, ...]

    @property
    def binds(self) -> int:
        """How tightly the written form holds together."""
        return self.operation.binds

    @property
    def shape(self) -> Shape:
        """By the operation's rule."""
        return self.operation.shape(*(argument.shape for argument in self.arguments))

    def write(self, glyphs: Glyphs) -> Markup:
        """Return the written form, with parentheses where they are needed."""
        needs, own = self.operation.needs, self.operation
        written = []
        for position, argument in enumerate(self.arguments):
            loose = argument.binds < needs[min(position, len(needs) - 1)]
            chained = own.chains and isinstance(argument, Apply) and argument.operation is own
            text = argument.write(glyphs)
            written.append(Fenced(text) if loose and not chained else text)
        return own.write(glyphs, *written)

    def evaluate(self, values: Values) -> Any:
        """Return the value, computed literally as written."""
        return self.operation.evaluate(*(argument.evaluate(values) for argument in self.arguments))


Expression: TypeAlias = Symbol | Constant | Apply


def apply(operation: Operation, *arguments: Expression | float) -> Apply:
    """Return the operation on the arguments; plain numbers become constants. Checks the shapes.

    Raises
    ------
    DataError
        If the shapes do not fit.
    """
    made = Apply(operation, tuple(Constant(a) if isinstance(a, int | float) else a for a in arguments))
    _ = made.shape
    return made


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield the expression and all below it."""
    yield expression
    if isinstance(expression, Apply):
        for argument in expression.arguments:
            yield from walk(argument)


def matmul(A: Expression, B: Expression) -> Apply:
    return apply(op.MATMUL, A, B)


def transpose(A: Expression) -> Apply:
    return apply(op.TRANSPOSE, A)


def hadamard(A: Expression, B: Expression) -> Apply:
    return apply(op.HADAMARD, A, B)


def add(A: Expression | float, B: Expression | float) -> Apply:
    return apply(op.ADD, A, B)


def subtract(A: Expression | float, B: Expression | float) -> Apply:
    return apply(op.SUBTRACT, A, B)


def scale(c: Expression | float, A: Expression) -> Apply:
    return apply(op.SCALE, c, A)


def divide(A: Expression | float, B: Expression | float) -> Apply:
    return apply(op.DIVIDE, A, B)


def power(A: Expression, p: float) -> Apply:
    return apply(op.POWER_OF, A, p)
