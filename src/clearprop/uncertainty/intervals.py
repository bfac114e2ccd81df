"""Intervals of numbers and sets of classes from what was wrong with held-out rows: CV+ (Barber et al. 2021)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_AT_ONCE = 1 << 22  # numbers that are ranked at a time
_ROUNDING = 1e-6  # of a score in a file
_EXACT = 1e-9  # of a rank: 0.9 · 10 is 9, not a little more


def kept_errors(errors: Array, most: int) -> Array:
    """Return the sorted absolute errors; of more than `most`, the largest of each of so many equal groups of them.

    Quantiles of what is kept are at most a group's share too large, and never too small.
    """
    ranked = np.sort(np.abs(errors))
    if len(ranked) <= most:
        return ranked
    ends = -(-np.arange(1, most + 1) * len(ranked) // most)
    return ranked[ends - 1]


def enough_rows(level: float) -> int:
    """Return how many held-out rows an interval of this level needs, at least."""
    return math.ceil(level / (1 - level) - _EXACT)


def rank_among(n_kept: int, n_held: int, level: float) -> int:
    """Return which of so many kept numbers, from below, so many held-out ones are at most, for this level."""
    rank = math.ceil(level * (n_held + 1) - _EXACT)
    return min(math.ceil(rank * n_kept / n_held - _EXACT), n_kept)


def reach_of(errors: Array, n_held: int, level: float) -> float:
    """Return how far an interval reaches to either side, by the sorted errors kept of so many held-out rows."""
    return float(errors[rank_among(len(errors), n_held, level) - 1])


def cv_plus(answers: Array, errors: Sequence[Array], n_held: int, level: float) -> tuple[Array, Array]:
    """Return the lower and the upper ends of the intervals of new rows.

    Parameters
    ----------
    answers : array (n_members, n_rows)
        What each member answers.
    errors : sequence of sorted arrays
        Absolute errors of the rows each member had not seen, as `kept_errors` keeps them.
    n_held : int
        How many rows they were.
    level : float
        Of the coverage, such as 0.9; `n_held` must be `enough_rows` for it.

    Returns
    -------
    low, high : array (n_rows,)
    """
    if len(errors) == 1:
        reach = reach_of(errors[0], n_held, level)
        return answers[0] - reach, answers[0] + reach
    n_kept = sum(map(len, errors))
    kept_rank = rank_among(n_kept, n_held, level)
    low, high = np.empty(answers.shape[1]), np.empty(answers.shape[1])
    size = max(1, _AT_ONCE // n_kept)
    for at in range(0, answers.shape[1], size):
        rows = slice(at, at + size)
        low[rows] = -_ranked(-answers[:, rows], errors, kept_rank)
        high[rows] = _ranked(answers[:, rows], errors, kept_rank)
    return low, high


def highest_score(scores: Sequence[float], n_held: int, level: float) -> float:
    """Return how improbable a class in a prediction set may be: 1 − p, at the most."""
    return scores[rank_among(len(scores), n_held, level) - 1] + _ROUNDING


def deviations(answers: Array, rms: float, spread: float) -> Array:
    """Return how far the mean answer to each row (n_rows,) may be off: one deviation.

    Parameters
    ----------
    answers : array (n_members, n_rows)
        What each member answers.
    rms : float
        Of the errors of rows that a member had not seen.
    spread : float
        How far the members' answers lie apart, on most rows.
    """
    own = answers.var(axis=0, ddof=1) if len(answers) > 1 else np.zeros(answers.shape[1])
    common = max(rms**2 - spread**2, 0.0)  # what is no disagreement of the members: noise and bias
    found: Array = np.sqrt(common + own)
    return found


def prediction_sets(P: Array, scores: Sequence[float], n_held: int, level: float) -> NDArray[np.bool_]:
    """Return which classes each row may be of, the most probable one always (Sadinle, Lei and Wasserman 2019).

    Parameters
    ----------
    P : array (n_rows, n_classes)
        Probabilities of new rows.
    scores : sequence of float
        1 − the probability of the true class of each held-out row, as `kept_errors` keeps them.
    n_held, level
        As `cv_plus` takes them.
    """
    found: NDArray[np.bool_] = 1 - P <= highest_score(scores, n_held, level)
    found[np.arange(len(found)), P.argmax(axis=1)] = True
    return found


def _ranked(answers: Array, errors: Sequence[Array], rank: int) -> Array:
    """Return of every row the rank-th smallest of all answers plus their members' errors."""
    sums = np.concatenate([one[:, None] + of[None, :] for one, of in zip(answers, errors, strict=True)], axis=1)
    found: Array = np.partition(sums, rank - 1, axis=1)[:, rank - 1]
    return found
