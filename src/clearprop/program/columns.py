"""Steps on numbers, column by column: what is missing, filled in, scaled, cut off, or turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.program.step import Array, Step, Unary


@dataclass(frozen=True, eq=False)
class Missing(Unary):
    """1 where the number is missing, else 0."""

    def run(self, *values: Array) -> Array:
        return np.isnan(values[0]).astype(values[0].dtype)


@dataclass(frozen=True, eq=False)
class Fill(Unary):
    """The number, or where it is missing the value."""

    value: float

    def run(self, *values: Array) -> Array:
        (x,) = values
        return np.where(np.isnan(x), self.value, x)


@dataclass(frozen=True, eq=False)
class Standardise(Unary):
    """(x − mean) / scale."""

    mean: float
    scale: float

    def run(self, *values: Array) -> Array:
        scaled: Array = (values[0] - self.mean) / self.scale
        return scaled

    def undo(self, scaled: Array) -> Array:
        """Return the x that becomes this."""
        return scaled * self.scale + self.mean


@dataclass(frozen=True, eq=False)
class Clip(Unary):
    """x, but at least low and at most high."""

    low: float
    high: float

    def run(self, *values: Array) -> Array:
        return np.clip(values[0], self.low, self.high)


@dataclass(frozen=True, eq=False)
class InBins(Unary):
    """The place of x among bins: b + t in bin b, t from 0 to 1 through it; 0 below all, and above all their number.

    Parameters
    ----------
    edges : tuple of float
        Of the bins, ascending.
    """

    edges: tuple[float, ...]

    def run(self, *values: Array) -> Array:
        edges, (x,) = np.array(self.edges), values
        below = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
        with np.errstate(over="ignore"):  # what overflows is clipped
            through = (x - edges[below]) / (edges[below + 1] - edges[below])
        place: Array = below + np.clip(through, 0.0, 1.0)
        return place


@dataclass(frozen=True, eq=False)
class SignedLog(Unary):
    """sign(x − middle) log(1 + |x − middle| / unit): linear near the middle, a logarithm far from it."""

    middle: float
    unit: float

    def run(self, *values: Array) -> Array:
        distance = values[0] - self.middle
        logarithm: Array = np.sign(distance) * np.log1p(np.abs(distance) / self.unit)
        return logarithm

    def undo(self, logarithm: Array) -> Array:
        """Return the x that becomes this."""
        return self.middle + np.sign(logarithm) * self.unit * np.expm1(np.abs(logarithm))


@dataclass(frozen=True, eq=False)
class Turn(Unary):
    """2π ((x + start) mod period) / period: where in its period a moment is, as an angle."""

    start: float
    period: float

    def run(self, *values: Array) -> Array:
        angle: Array = 2 * np.pi * np.mod(values[0] + self.start, self.period) / self.period
        return angle


@dataclass(frozen=True, eq=False)
class Sine(Unary):
    """sin(x)."""

    def run(self, *values: Array) -> Array:
        sine: Array = np.sin(values[0])
        return sine


@dataclass(frozen=True, eq=False)
class Cosine(Unary):
    """cos(x)."""

    def run(self, *values: Array) -> Array:
        cosine: Array = np.cos(values[0])
        return cosine


NUMBER_STEPS: tuple[type[Step], ...] = (Missing, Fill, Standardise, Clip, InBins, SignedLog, Turn, Sine, Cosine)
