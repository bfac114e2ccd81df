"""Steps from the network's outputs to an answer in the user's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.program.step import Array, Kind, Step, Unary


@dataclass(frozen=True, eq=False)
class Complement(Unary):
    """(1 − a, a): the probability of both classes, from that of the second."""

    @property
    def width(self) -> int:
        return 2

    def run(self, *values: Array) -> Array:
        return np.concatenate([1 - values[0], values[0]], axis=1)


@dataclass(frozen=True, eq=False)
class Unscale(Unary):
    """a · scale + mean, in float64: a number in the units of the target."""

    mean: float
    scale: float

    @property
    def kind(self) -> Kind:
        return "float64"

    def run(self, *values: Array) -> Array:
        numbers: Array = values[0].astype(np.float64) * self.scale + self.mean
        return numbers


@dataclass(frozen=True, eq=False)
class Label(Unary):
    """The label of the largest value, the first of them if there are several."""

    labels: tuple[Any, ...]

    @property
    def width(self) -> int:
        return 1

    @property
    def kind(self) -> Kind:
        return "label"

    def run(self, *values: Array) -> Array:
        chosen: Array = np.array(self.labels)[values[0].argmax(axis=1)][:, None]
        return chosen


@dataclass(frozen=True, eq=False)
class Above(Unary):
    """1 where the value is above the threshold, else 0: which labels a row has, each for itself."""

    threshold: float = 0.5

    @property
    def kind(self) -> Kind:
        return "code"

    def run(self, *values: Array) -> Array:
        return (values[0] > self.threshold).astype(np.int64)


ANSWER_STEPS: tuple[type[Step], ...] = (Complement, Unscale, Label, Above)
