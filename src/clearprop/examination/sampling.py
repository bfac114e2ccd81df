"""Sampling: rows to look at, and intervals by the bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.philox import PURPOSE_EXAMINATION, generator

Array = NDArray[Any]

RESAMPLES = 200
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A figure, and where it lies with a probability of 95 % by the bootstrap (Efron 1979)."""

    value: float
    low: float
    high: float


def draw_rows(n_rows: int, most: int, draw: int) -> Array:
    """Return up to `most` of n_rows row numbers, ascending."""
    return np.sort(random(draw).permutation(n_rows)[:most])


def random(draw: int) -> np.random.Generator:
    """Return the generator of one use; the same numbers in every examination."""
    return generator(0, PURPOSE_EXAMINATION, draw)


def interval(value: float, resampled: Array) -> Interval:
    """Return value with the middle 95 % of what resamples gave; one that is undefined has no interval either."""
    finite = resampled[np.isfinite(resampled)]
    if not len(finite) or not np.isfinite(value):
        return Interval(value, value, value)
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))


def bootstrap(scores: Callable[[Array], dict[str, float]], n_rows: int, most: int, draw: int) -> dict[str, Interval]:
    """Return every score with its interval.

    Parameters
    ----------
    scores : callable
        From row numbers to named scores.
    most : int
        Rows of a resample; where there are more, the interval is narrowed by the root of their number.
    """
    values, rng = scores(np.arange(n_rows)), random(draw)
    size = min(n_rows, most)
    found = [scores(rng.integers(0, n_rows, size)) for _ in range(RESAMPLES)]
    shrink = np.sqrt(size / n_rows)
    return {
        name: interval(value, value + shrink * (np.array([f.get(name, np.nan) for f in found]) - value))
        for name, value in values.items()
    }
