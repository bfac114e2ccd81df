"""Scaling: numbers of any size and any tail become numbers around 0.

With u the number itself, or for a heavy tail its signed logarithm ``sign(x − m) log(1 + |x − m| / s)``, the scaled
number is ``(u − mean) / scale``, where scale is the standard deviation or a tenth of the range, whichever is larger.
So no training row is further than 10 from 0, and new rows are clipped at 20.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from clearprop.equations.units import deviation, median
from clearprop.program import Clip, SignedLog, Standardise, Step
from clearprop.tables.encodings.strict import Array, Strict

HEAVY = 20.0  # kurtosis above which a tail is heavy; a normal distribution has 3, an exponential one 9
CLIP = 20.0
_RANGE = 10.0


class Logarithm(Strict):
    """The signed logarithm about `middle`, linear within about `unit` of it."""

    middle: float
    unit: float = Field(gt=0)

    def __call__(self, x: Array) -> Array:
        distance = x - self.middle
        logarithm: Array = np.sign(distance) * np.log1p(np.abs(distance) / self.unit)
        return logarithm


class Scaling(Strict):
    """From numbers without gaps to scaled numbers; learned from the training rows."""

    logarithm: Logarithm | None
    mean: float
    scale: float = Field(gt=0)

    @classmethod
    def learn(cls, x: Array) -> Scaling:
        """Learn from the numbers x (n,), n ≥ 1, that are not missing."""
        logarithm = _learn_logarithm(x) if kurtosis(x) > HEAVY else None
        u = logarithm(x) if logarithm else x
        mean = float(u.mean())
        scale = max(deviation(u), float(np.ptp(u)) / _RANGE)
        return cls(logarithm=logarithm, mean=mean, scale=scale or 1.0)

    def __call__(self, x: Array) -> Array:
        u = self.logarithm(x) if self.logarithm else x
        with np.errstate(over="ignore"):  # what overflows is clipped
            scaled: Array = np.clip((u - self.mean) / self.scale, -CLIP, CLIP)
        return scaled

    def step(self, x: Step) -> Step:
        """Return the step that scales numbers without gaps."""
        u = SignedLog(x, self.logarithm.middle, self.logarithm.unit) if self.logarithm else x
        return Clip(Standardise(u, self.mean, self.scale), -CLIP, CLIP)


def kurtosis(x: Array) -> float:
    """Return the fourth standardised moment; 0 for a constant."""
    deviation = x - x.mean()
    largest = float(np.abs(deviation).max())
    if largest <= np.finfo(np.float64).tiny:
        return 0.0
    square = (deviation / largest) ** 2
    return float((square**2).mean() / square.mean() ** 2)


def _learn_logarithm(x: Array) -> Logarithm | None:
    middle = median(x)
    distance = np.abs(x - middle)
    distance = distance[distance > 0]
    unit = median(distance)
    one_distance = distance.min() == distance.max()  # two values: no tail to pull in
    return Logarithm(middle=middle, unit=unit) if unit > np.finfo(np.float64).tiny and not one_distance else None
