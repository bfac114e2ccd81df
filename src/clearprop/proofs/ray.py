"""The objective along a ray θ + t v, row by row, in float64, and its slope by differences.

Nothing here knows a derivative: F1, F2 and ℓ are evaluated at displaced parameters. Every row has a step of its own,
as large as its distance from the nearest kink allows, since z = x W + b + t (x V + v) can take a t for each row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.backprop import masked
from clearprop.equations.objective import row_losses
from clearprop.model import Parameters, Trace, as_lists

Array = NDArray[Any]

OFFSETS = np.array([-4, -3, -2, -1, 1, 2, 3, 4])
_EIGHTH = np.array([3, -32, 168, -672, 672, -168, 32, -3]) / 840
_SIXTH = np.array([0, -1, 9, -45, 45, -9, 1, 0]) / 60
_FIRST_STEP = 1e-6  # small enough to read off how fast z moves
_LARGEST_MOVE = 0.02  # of any z within one step: eighth order then truncates below 1e-15
_SMALLEST_STEP = 1e-6  # a row nearer than this to a kink says too little
_ROUNDS = 4
_ROUNDING = np.finfo(np.float64).eps


class Point(NamedTuple):
    """What one or more displacements t of shape (P, batch) came to.

    losses (P, batch); z, of all layers, (P, batch, units); distances from every kink (P, batch, kinks).
    """

    losses: Array
    z: Array
    distances: Array


class Slopes(NamedTuple):
    """∂ℓ_n/∂v of each row, how far it may be off, and whether it could be had at all; each of shape (batch,)."""

    values: Array
    errors: Array
    known: Array


@dataclass(frozen=True)
class Ray:
    """Parameters, a direction, and the rows they are looked at on; all in float64."""

    trace: Trace
    parameters: Parameters
    direction: Parameters
    masks: list[Array | None]

    def at(self, t: Array) -> Point:
        """Evaluate every row n at the displacements t[:, n]."""
        (W, b), (V, v), network = self._lists, self._changes, self.trace.network
        f, a = network.f, network.stage.moved(self._X, self.parameters, self.direction, t)
        t = t[:, :, None]
        moved, distances = [], []
        for l in range(1, len(W)):
            x = masked(a, self.masks[l - 1])
            z = x @ W[l] + t * (x @ V[l]) + (0 if b[l] is None else b[l] + t * v[l])
            a = f[l].forward(z)
            moved.append(z)
            distances += [z - kink for kink in f[l].kinks]
        loss, Y = self.trace.network.objective.loss, self.trace.Y.astype(np.float64)
        distances += [a - Y - kink for kink in loss.kinks]
        losses = row_losses(loss, f[-1], z, a, Y)
        return Point(losses, np.concatenate(moved, axis=2), np.concatenate([*distances, z[:, :, :0]], axis=2))

    @cached_property
    def _lists(self) -> tuple[list[Any], list[Any]]:
        return as_lists(self.trace.network, self.parameters)

    @cached_property
    def _changes(self) -> tuple[list[Any], list[Any]]:
        return as_lists(self.trace.network, self.direction)

    @cached_property
    def _X(self) -> Array:
        return self.trace.X.astype(np.float64)

    def slopes(self, sizes: Array) -> Slopes:
        """Return the slope of every row's loss by central differences of eighth order.

        Parameters
        ----------
        sizes : array (batch,)
            The size of the numbers a row's loss is summed from; its rounding is a unit in their last place.
        """
        steps, center = self._steps()
        values, errors = np.zeros(len(steps)), np.zeros(len(steps))
        known = np.zeros(len(steps), bool)
        for _ in range(_ROUNDS):
            wanted = ~known & (steps >= _SMALLEST_STEP)
            if not wanted.any():
                break
            point = self.at(OFFSETS[:, None] * steps)
            same_side = np.all(np.sign(point.distances) == np.sign(center), axis=(0, 2))
            found = wanted & same_side
            eighth, sixth = _EIGHTH @ point.losses / steps, _SIXTH @ point.losses / steps
            values[found] = eighth[found]
            errors[found] = (np.abs(eighth - sixth) + _ROUNDING * sizes / steps)[found]
            known |= found
            steps = np.where(known, steps, steps / 8)
        return Slopes(values, errors, known)

    def _steps(self) -> tuple[Array, Array]:
        """Return the step of each row, and its distances from kinks where it stands.

        No z moves far, and no kink lies between the outermost probes if z moves evenly.
        """
        batch = len(self.trace.X)
        point = self.at(_FIRST_STEP * np.array([[-1.0], [0.0], [1.0]]) * np.ones(batch))
        z_rates = np.abs(point.z[2] - point.z[0]) / (2 * _FIRST_STEP)
        rates = np.abs(point.distances[2] - point.distances[0]) / (2 * _FIRST_STEP)
        fastest = np.max(z_rates, axis=1, initial=1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            until_kink = np.where(rates > 0, np.abs(point.distances[1]) / rates, np.inf)
        nearest = np.min(until_kink, axis=1, initial=np.inf)
        steps = np.maximum(np.minimum(_LARGEST_MOVE / fastest, 0.2 * nearest), _SMALLEST_STEP / 64)
        return steps, point.distances[1]
