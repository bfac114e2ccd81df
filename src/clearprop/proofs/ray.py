"""The objective along rays θ + t v, row by row, in float64, and its slopes by differences.

Nothing here knows a derivative: F1, F2 and ℓ are evaluated at displaced parameters. Every row has a step of its own,
as large as its distance from the nearest kink allows, since z = x W + b + t (x V + v) can take a t for each row. All
rays are followed at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.equations.backprop import masked
from clearprop.equations.objective import row_losses
from clearprop.model import Parameters, Trace, as_lists

Array = NDArray[Any]

OFFSETS = np.array([-4, -3, -2, -1, 1, 2, 3, 4])
_EIGHTH = np.array([3, -32, 168, -672, 672, -168, 32, -3]) / 840
_SIXTH = np.array([0, -1, 9, -45, 45, -9, 1, 0]) / 60
_FIRST_STEP = 1e-6  # small enough to read off how fast z moves
_PROBES = _FIRST_STEP * np.array([[-1.0], [0.0], [1.0]])
_LARGEST_MOVE = 0.02  # of any z within one step: eighth order then truncates below 1e-15
_SMALLEST_STEP = 1e-6  # a row nearer than this to a kink says too little
_ROUNDS = 4
_ROUNDING = np.finfo(np.float64).eps


class Point(NamedTuple):
    """What displacements t of shape (D, P, batch) came to, along each of D directions.

    losses (D, P, batch); z, of all layers, (D, P, batch, units); distances from every kink (D, P, batch, kinks).
    """

    losses: Array
    z: Array
    distances: Array


class Slopes(NamedTuple):
    """∂ℓ_n/∂v of each row, how far it may be off, and whether it could be had at all; each of shape (D, batch)."""

    values: Array
    errors: Array
    known: Array


@dataclass(frozen=True)
class Rays:
    """Parameters, directions, and the rows they are looked at on; all in float64."""

    trace: Trace
    parameters: Parameters
    directions: tuple[Parameters, ...]
    masks: list[Array | None]

    def at(self, t: Array) -> Point:
        """Evaluate every row n at the displacements t[d, :, n] along direction d."""
        (W, b), (V, v), f = self._lists, self._changes, self.trace.network.f
        a, t = self._moved_inputs(t), t[..., None]
        moved, distances = [], []
        for l in range(1, len(W)):
            x = masked(a, self.masks[l - 1])
            z = x @ W[l] + t * (x @ V[l]) + (0 if b[l] is None else b[l] + t * v[l])
            a = f[l].forward(z)
            moved.append(z)
            distances += [z - kink for kink in f[l].kinks]
        loss, Y = self.trace.network.objective.loss, self._Y
        distances += [a - Y - kink for kink in loss.kinks]
        losses = row_losses(loss, f[-1], z, a, Y)
        return Point(losses, np.concatenate(moved, axis=-1), np.concatenate([*distances, z[..., :0]], axis=-1))

    def _moved_inputs(self, t: Array) -> Array:
        """Return a[0]: (batch, n), or (D, P, batch, n) where the inputs have parameters."""
        stage = self.trace.network.stage
        if not stage.slots:
            inputs: Array = stage.forward(self._X, self.parameters)
            return inputs
        each = zip(self.directions, t, strict=True)
        return np.stack([stage.moved(self._X, self.parameters, direction, t_d) for direction, t_d in each])

    @cached_property
    def _lists(self) -> tuple[list[Any], list[Any]]:
        return as_lists(self.trace.network, self.parameters)

    @cached_property
    def _changes(self) -> tuple[list[Any], list[Any]]:
        """Return V[l] (D, 1, n_in, n_out) and v[l] (D, 1, 1, n_out)."""
        lists = [as_lists(self.trace.network, direction) for direction in self.directions]
        V, v = (list(zip(*one, strict=True)) for one in zip(*lists, strict=True))
        return (
            [None if each[0] is None else np.stack(each)[:, None] for each in V],
            [None if each[0] is None else np.stack(each)[:, None, None] for each in v],
        )

    @cached_property
    def _X(self) -> Array:
        return self.trace.X.astype(np.float64)

    @cached_property
    def _Y(self) -> Array:
        return self.trace.Y.astype(np.float64)

    def slopes(self, sizes: Array) -> Slopes:
        """Return the slope of every row's loss along each direction, by central differences of eighth order.

        Parameters
        ----------
        sizes : array (batch,)
            The size of the numbers a row's loss is summed from; its rounding is a unit in their last place.
        """
        steps, center = self._steps()
        values, errors = np.zeros(steps.shape), np.zeros(steps.shape)
        known = np.zeros(steps.shape, bool)
        for _ in range(_ROUNDS):
            wanted = ~known & (steps >= _SMALLEST_STEP)
            if not wanted.any():
                break
            point = self.at(OFFSETS[:, None] * steps[:, None])
            same_side = np.all(np.sign(point.distances) == np.sign(center), axis=(1, 3))
            found = wanted & same_side
            eighth, sixth = _EIGHTH @ point.losses / steps, _SIXTH @ point.losses / steps
            values[found] = eighth[found]
            errors[found] = (np.abs(eighth - sixth) + _ROUNDING * sizes / steps)[found]
            known |= found
            steps = np.where(known, steps, steps / 8)
        return Slopes(values, errors, known)

    def _steps(self) -> tuple[Array, Array]:
        """Return the step of each row along each direction, and its distances from kinks where it stands.

        No z moves far, and no kink lies between the outermost probes if z moves evenly.
        """
        t = np.broadcast_to(_PROBES, (len(self.directions), 3, len(self.trace.X)))
        point = self.at(t)
        z_rates = np.abs(point.z[:, 2] - point.z[:, 0]) / (2 * _FIRST_STEP)
        rates = np.abs(point.distances[:, 2] - point.distances[:, 0]) / (2 * _FIRST_STEP)
        fastest = np.max(z_rates, axis=-1, initial=1.0)
        center = point.distances[:, 1:2]
        with np.errstate(divide="ignore", invalid="ignore"):
            until_kink = np.where(rates > 0, np.abs(center[:, 0]) / rates, np.inf)
        nearest = np.min(until_kink, axis=-1, initial=np.inf)
        steps = np.maximum(np.minimum(_LARGEST_MOVE / fastest, 0.2 * nearest), _SMALLEST_STEP / 64)
        return steps, center
