"""What one iteration of lm or trainbr takes, told before it is begun: time measured on some rows, memory counted."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass

import numpy as np

from clearprop.model import gauss_newton_product
from clearprop.solvers.gauss_newton import CG_STEPS, way_of
from clearprop.solvers.least_squares import CHUNK_NUMBERS, LeastSquares
from clearprop.training.rows import Array

LONG, LARGE = 10.0, 4 << 30
"""Seconds of an iteration, and bytes, from which on a word is said."""
_ROWS, _NUMBERS = 1000, 400_000  # that the time is measured on
_WORDS = {"normal": "by normal equations", "products": "by conjugate gradients, without a matrix"}


class CostWarning(UserWarning):
    """An iteration of a solver takes long, or much memory."""


@dataclass(frozen=True)
class Cost:
    """One iteration of Levenberg and Marquardt.

    Attributes
    ----------
    way : {"qr", "normal", "products"}
        As in `gauss_newton`.
    seconds : float
        At most, on this machine, for the first step that is tried.
    n_bytes : int
        At most, beside the rows.
    """

    way: str
    seconds: float
    n_bytes: int


def cost_of(squares: LeastSquares, w: Array) -> Cost:
    """Return what one iteration takes; nothing is counted where it takes next to nothing, by QR."""
    way, n_rows = way_of(squares, w), len(squares.problem.rows)
    if way == "qr":
        return Cost(way, 0.0, 0)
    if way == "normal":
        return Cost(way, _normal_seconds(squares, w), 8 * (4 * w.size**2 + 3 * CHUNK_NUMBERS))
    units = sum(squares.problem.network.sizes)
    return Cost(way, 2 * CG_STEPS * _product_seconds(squares, w), 8 * n_rows * 8 * units)


def tell_of_cost(squares: LeastSquares, w: Array, solver: str) -> None:
    """Warn where an iteration takes longer than `LONG`, or more memory than `LARGE`, with advice."""
    cost = cost_of(squares, w)
    if cost.seconds <= LONG and cost.n_bytes <= LARGE:
        return
    warnings.warn(
        f'"{solver}" solves for {w.size:,} parameters over {len(squares.problem.rows):,} rows {_WORDS[cost.way]}: one '
        f"iteration takes up to {_spoken(cost.seconds)} and {cost.n_bytes / 1e9:.1f} GB here. It suits small networks: "
        'take "lbfgs", whose iterations are a pass or two over the rows, or fewer rows or units.',
        CostWarning,
        stacklevel=2,
    )


def _normal_seconds(squares: LeastSquares, w: Array) -> float:
    """Measure the squares of the Jacobian of some rows, and scale them to all; the factor of AᵀA is beside that."""
    n_rows = len(squares.problem.rows)
    some = min(n_rows, max(1, _NUMBERS // (w.size * squares.problem.network.n_out)))
    started = time.perf_counter()
    chunk = squares.jacobian_of(w, slice(0, some))
    before = time.perf_counter()
    chunk.T @ chunk
    ended = time.perf_counter()
    factor = (ended - before) * w.size / (6 * len(chunk))  # n³ / 3 of what 2 m n² took
    return (ended - started) * n_rows / some + factor


def _product_seconds(squares: LeastSquares, w: Array) -> float:
    """Measure one product with AᵀA on some rows, and scale it to all."""
    problem = squares.problem
    some = problem.rows.take(slice(0, _ROWS))
    problem.move_to(w)
    with np.errstate(all="ignore"):
        trace = problem.session.trace(some.X, some.Y, some.weights)
        direction = problem.along(np.ones_like(w))
        started = time.perf_counter()
        gauss_newton_product(trace, direction)
    return (time.perf_counter() - started) * len(problem.rows) / len(some)


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
