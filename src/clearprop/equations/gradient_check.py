"""Numerical derivatives of J, to prove the exact ones by.

The central difference of sixth order along a direction v is::

    ∂J/∂v ≈ (45 (J₁ − J₋₁) − 9 (J₂ − J₋₂) + (J₃ − J₋₃)) / (60 h),    J_k = J(w + k h v)

Its truncation falls with h⁶ and its rounding grows with 1/h, so in float64 ten to thirteen digits can be had at some
h, but at which one depends on J. `directional_derivative` therefore goes through a falling sequence of steps,
estimates both errors of each, the truncation from the change since the step before, and takes the best. Where J has
kinks (relu, |W|), a step is of use only if all its probes lie on the same side of each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.philox import PURPOSE_CERTIFICATE, generator

Vector = NDArray[np.float64]

STEPS = tuple(2.0**-k for k in range(5, 20, 2))
_COEFFICIENTS = np.array([(1, 45), (2, -9), (3, 1)]) / (1, 60)
_GAIN = 1 / 1024  # a step a quarter as long truncates 4⁶ times less; 4⁵ of it are counted on
_FLOOR = 1e-3


class Probe(NamedTuple):
    """J at one point, and integers that change whenever a kink of J is crossed."""

    J: float
    sides: NDArray[np.int8]


Function = Callable[[Vector], float | Probe]


@dataclass(frozen=True)
class PartCheck:
    """What the check of one part of the gradient, such as W1, found.

    Attributes
    ----------
    name : str
    relative_error : float
        ‖numerical − exact‖ / max(‖numerical‖, ‖exact‖) over the derivatives compared. The denominator is at least
        10⁻³ (|J| + ‖gradient‖): below that a difference of J has no ten digits to compare with. 0 if nothing was
        compared; infinite if something was no number.
    n_checked : int
        Derivatives compared: single parameters, and random directions within the part.
    n_kinks : int
        Derivatives left out because a kink of J lay within every step.
    n_parameters : int
        Size of the part.
    """

    name: str
    relative_error: float
    n_checked: int
    n_kinks: int
    n_parameters: int

    def passes(self, tolerance: float = 1e-6) -> bool:
        """Return whether something was compared, and agreed."""
        return self.n_checked > 0 and self.relative_error <= tolerance


def directional_derivative(J: Function, w: Vector, v: Vector, steps: Sequence[float] = STEPS) -> float | None:
    """Return ∂J/∂v at w by central differences of sixth order.

    Parameters
    ----------
    J : callable
        From a vector (n,) to a float, or to a `Probe` where J has kinks.
    w, v : float64 array (n,)
    steps : sequence of float
        The h to try, falling.

    Returns
    -------
    float, or None where every step crosses a kink.
    """
    best, last, smallest_error = None, None, np.inf
    for h in steps:
        found, rounding = _central_difference(J, w, v, h)
        if found is None:
            continue
        error = np.inf if last is None else rounding + _GAIN * abs(found - last)
        if best is None or error < smallest_error:
            best, smallest_error = found, error
        elif error > smallest_error:
            break
        last = found
    return best


def check_gradient(
    J: Function,
    gradient: Vector,
    w: Vector,
    parts: Mapping[str, slice],
    n_parameters: int = 20,
    n_directions: int = 3,
    seed: int = 0,
    steps: Sequence[float] = STEPS,
) -> tuple[PartCheck, ...]:
    """Compare a gradient with numerical derivatives of J, part by part.

    Parameters
    ----------
    J : callable
        From a vector (n,) to a float, or to a `Probe` where J has kinks.
    gradient : float64 array (n,)
        What is claimed to be ∂J/∂w at w.
    w : float64 array (n,)
    parts : mapping of str to slice
        Names of stretches of the vector, such as ``Parameters.slices``.
    n_parameters : int
        Single parameters to check in each part, drawn at random; all of a part that has no more.
    n_directions : int
        Random directions within each part: each of them feels an error in any of its parameters.
    seed : int
    steps : sequence of float
        The h to try; with larger ones only, a part near a kink is left out rather than compared to few digits.

    Examples
    --------
    >>> w = np.array([1.0, 2.0, 3.0])
    >>> (check,) = check_gradient(lambda w: 0.5 * float(w @ w), w, w, {"w": slice(0, 3)})
    >>> check.passes(1e-10), check.n_checked
    (True, 6)
    >>> (check,) = check_gradient(lambda w: 0.5 * float(w @ w), 1.001 * w, w, {"w": slice(0, 3)})
    >>> check.passes(1e-10)
    False
    """
    rng = generator(seed, PURPOSE_CERTIFICATE)
    floor = _FLOOR * (abs(_probe(J, w).J) + float(np.linalg.norm(gradient)))
    checks = []
    for name, part in parts.items():
        directions = _directions(rng, part, len(w), n_parameters, n_directions)
        numerical = [directional_derivative(J, w, v, steps) for v in directions]
        found = [(d, float(gradient @ v)) for d, v in zip(numerical, directions, strict=True) if d is not None]
        checks.append(
            PartCheck(
                name,
                relative_error=_relative_error(np.array(found).reshape(-1, 2), floor),
                n_checked=len(found),
                n_kinks=len(directions) - len(found),
                n_parameters=part.stop - part.start,
            )
        )
    return tuple(checks)


def _central_difference(J: Function, w: Vector, v: Vector, h: float) -> tuple[float | None, float]:
    """Return ∂J/∂v and its rounding; None if the probes do not all lie on the same side of every kink."""
    total, size, sides = 0.0, 0.0, None
    for k, coefficient in _COEFFICIENTS:
        above, below = _probe(J, w + k * h * v), _probe(J, w - k * h * v)
        sides = above.sides if sides is None else sides
        if not (np.array_equal(sides, above.sides) and np.array_equal(sides, below.sides)):
            return None, np.inf
        total += coefficient * (above.J - below.J)
        size = max(size, abs(above.J), abs(below.J))
    return total / h, float(np.finfo(np.float64).eps) * size / h


def _probe(J: Function, w: Vector) -> Probe:
    found = J(w)
    return found if isinstance(found, Probe) else Probe(found, np.zeros(0, np.int8))


def _directions(rng: np.random.Generator, part: slice, n: int, n_parameters: int, n_directions: int) -> list[Vector]:
    """Return unit vectors (n,): some axes of the part, then random directions within it."""
    size = part.stop - part.start
    axes = rng.permutation(size)[:n_parameters]
    within = [np.eye(1, size, int(i))[0] for i in axes]
    within += [v / np.linalg.norm(v) for v in rng.standard_normal((n_directions, size))]
    return [np.concatenate([np.zeros(part.start), v, np.zeros(n - part.stop)]) for v in within]


def _relative_error(found: NDArray[np.float64], floor: float) -> float:
    if not len(found):
        return 0.0
    numerical, exact = found.T
    if not (np.isfinite(found).all() and np.isfinite(floor)):
        return np.inf
    size = max(float(np.linalg.norm(numerical)), float(np.linalg.norm(exact)), floor)
    return float(np.linalg.norm(numerical - exact)) / size if size > 0 else 0.0
