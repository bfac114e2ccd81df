"""Units: numbers of any size on a scale on which their squares neither vanish nor overflow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def unit_of(x: NDArray[Any]) -> float:
    """Return the power of two at or just below the largest |x|; 1 where all are 0 or there are none.

    Dividing by it loses no digit, so that nothing changes but where squares would have left the range of a double.
    """
    return float(_power_of_two(np.max(np.abs(x), initial=0.0)))


def units_of(x: NDArray[Any]) -> NDArray[Any]:
    """Return that of each column of x (n, k)."""
    return _power_of_two(np.max(np.abs(x), axis=0, initial=0.0))


def _power_of_two(largest: Any) -> NDArray[Any]:
    ordinary = (largest > 0) & np.isfinite(largest)
    exponents = np.frexp(np.where(ordinary, largest, 1.0))[1]
    powers: NDArray[Any] = np.ldexp(1.0, exponents - 1)
    return powers


def deviation(x: NDArray[Any]) -> float:
    """Return the standard deviation of numbers of any size."""
    x = np.asarray(x, dtype=np.float64)
    unit = unit_of(x)
    return float((x / unit).std()) * unit
