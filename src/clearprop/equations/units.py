"""Units: numbers of any size on a scale on which their squares neither vanish nor overflow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def unit_of(x: NDArray[Any]) -> float:
    """Return the power of two at or just below the largest |x|; 1 where all are 0 or there are none.

    Dividing by it loses no digit, so that nothing changes but where squares would have left the range of a double.
    """
    largest = float(np.max(np.abs(x), initial=0.0))
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if 0 < largest < math.inf else 1.0


def units_of(x: NDArray[Any]) -> NDArray[Any]:
    """Return that of each column of x (n, k)."""
    largest = np.max(np.abs(x), axis=0, initial=0.0)
    ordinary = (largest > 0) & np.isfinite(largest)
    exponents = np.frexp(np.where(ordinary, largest, 1.0))[1]
    powers: NDArray[Any] = np.ldexp(1.0, exponents - 1)
    return powers


def median(x: NDArray[Any]) -> float:
    """Return the median of one number or more, none of them NaN: that of np.median, which takes longer on few."""
    half = len(x) // 2
    if len(x) % 2:
        return float(np.partition(x, half)[half])
    below, above = np.partition(x, (half - 1, half))[half - 1 : half + 1]
    return float((below + above) / 2)


def deviation(x: NDArray[Any]) -> float:
    """Return the standard deviation of numbers of any size."""
    x = np.asarray(x, dtype=np.float64)
    unit = unit_of(x)
    return float((x / unit).std()) * unit
