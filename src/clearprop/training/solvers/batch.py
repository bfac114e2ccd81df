"""What the batch solvers share: J over all rows as a function of the parameter vector, and what they return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from clearprop.engines import Session
from clearprop.errors import DivergenceError, UsageError
from clearprop.model import Network
from clearprop.training.data import Rows

Vector: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
OnIteration: TypeAlias = Callable[[int, float, Vector], None]
"""Called after every iteration with its number (1 for the first), J, and the parameter vector.

It may raise StopIteration to end the run there.
"""


@dataclass(frozen=True)
class Solution:
    """Where a batch solver ended; its session holds the parameters.

    Attributes
    ----------
    losses : tuple of float
        J after each iteration.
    evaluations : int
        How often J and its gradient were computed.
    stopped : {"converged", "iterations", "evaluations", "line search", "callback", "interrupted"}
    signal_number : int or None
        The signal that interrupted it.
    J : float
    """

    losses: tuple[float, ...]
    evaluations: int
    stopped: str
    signal_number: int | None
    J: float

    @property
    def iterations(self) -> int:
        """Number of iterations."""
        return len(self.losses)


class BatchObjective:
    """J over all rows and its gradient, as a function of the parameter vector (n,) in float64.

    Frozen layers stay where they are: their gradient counts as 0.

    Raises
    ------
    UsageError
        If the network drops units, or limits weights after each step: then there is no one J to minimise.
    """

    def __init__(self, session: Session, network: Network, rows: Rows) -> None:
        for name in ("dropout", "max_norm"):
            if any(getattr(layer, name) for layer in network.layers):
                raise UsageError(f"a batch solver minimises one fixed J, which {name} changes; train by steps instead.")
        self._session, self._network, self._rows = session, network, rows
        self._state = session.get_state()
        self.evaluations = 0

    @property
    def start(self) -> Vector:
        """The parameter vector the session holds at the beginning."""
        return self._state.parameters.astype(np.float64)

    def __call__(self, vector: Vector) -> tuple[float, Vector]:
        self.move_to(vector)
        self.evaluations += 1
        J, gradient = self._session.gradients(self._rows.X, self._rows.Y, self._rows.weights)
        for l, layer in enumerate(self._network.layers, start=1):
            for name in (f"W{l}", f"b{l}"):
                if layer.frozen and name in gradient:
                    gradient[name][...] = 0
        g = gradient.vector.astype(np.float64)
        if self.evaluations == 1 and not (np.isfinite(J) and np.isfinite(g).all()):
            raise DivergenceError(
                f"J or its gradient is not finite before the first iteration (J = {J}); scale the data."
            )
        return J, g

    def move_to(self, vector: Vector) -> None:
        """Put a parameter vector into the session."""
        parameters = vector.astype(self._state.parameters.dtype)
        self._session.set_state(replace(self._state, parameters=parameters))
