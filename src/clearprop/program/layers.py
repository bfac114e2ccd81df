"""Steps of a network: values side by side, rounded to its precision, and its layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.equations.activations import Activation
from clearprop.program.codes import precision_of
from clearprop.program.step import Array, Kind, Step, Unary


@dataclass(frozen=True, eq=False)
class Several(Step):
    """A step of several operands, all of one kind."""

    parts: tuple[Step, ...]

    @property
    def operands(self) -> tuple[Step, ...]:
        return self.parts

    @property
    def kind(self) -> Kind:
        return self.parts[0].kind


@dataclass(frozen=True, eq=False)
class Join(Several):
    """The operands side by side."""

    @property
    def width(self) -> int:
        return sum(part.width for part in self.parts)

    def run(self, *values: Array) -> Array:
        return np.concatenate(values, axis=1)


@dataclass(frozen=True, eq=False)
class Mean(Several):
    """The mean of the operands, which are of one width: the answer of several networks."""

    @property
    def width(self) -> int:
        return self.parts[0].width

    def run(self, *values: Array) -> Array:
        total = values[0]
        for value in values[1:]:
            total = total + value
        mean: Array = total / total.dtype.type(len(values))
        return mean


@dataclass(frozen=True, eq=False)
class Round(Unary):
    """The numbers in another precision, rounded to nearest."""

    precision: Kind

    @property
    def kind(self) -> Kind:
        return self.precision

    def run(self, *values: Array) -> Array:
        return values[0].astype(self.precision)


@dataclass(frozen=True, eq=False)
class Dense(Unary):
    """F1: z = a W + b, with W (n_in, n_out) and b (n_out,), or without b."""

    W: Array
    b: Array | None

    @property
    def width(self) -> int:
        return int(self.W.shape[1])

    @property
    def kind(self) -> Kind:
        return precision_of(self.W)

    def run(self, *values: Array) -> Array:
        z = values[0] @ self.W
        return z if self.b is None else z + self.b


@dataclass(frozen=True, eq=False)
class Activate(Unary):
    """F2: a = f(z)."""

    f: Activation

    def run(self, *values: Array) -> Array:
        a: Array = self.f.forward(values[0])
        return a


LAYER_STEPS: tuple[type[Step], ...] = (Join, Mean, Round, Dense, Activate)
