"""An engine that makes a mistake on purpose: the reference, its gradient computed as somebody would who errs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.engines.batches import prepare_run
from clearprop.engines.checks import starting_point
from clearprop.engines.door import Array, Order, Steps
from clearprop.engines.reference.engine import NumpyEngine
from clearprop.engines.reference.session import NumpySession
from clearprop.engines.request import Request
from clearprop.equations.step import evaluate, objective_of
from clearprop.model import Parameters, Trace
from clearprop.model.parameters import joined
from clearprop.proofs.mistaken import Mistake, mistaken


@dataclass
class FaultyEngine:
    """See `clearprop.engines.door.Engine`; what it learns shows what a mistake does.

    Parameters
    ----------
    mistake : Mistake
        One of `clearprop.proofs.mistakes.MISTAKES`.
    """

    mistake: Mistake
    name: str = "numpy"

    def missing(self) -> str | None:
        """Return None: it is always here."""
        return None

    def why_not(self, request: Request) -> str | None:
        """Return what of this the reference cannot do, or None."""
        return NumpyEngine().why_not(request)

    def open(self, request: Request, parameters: Parameters, seed: int) -> FaultySession:
        """Open a session whose steps follow the wrong gradient."""
        return FaultySession(request, starting_point(NumpyEngine(), request, parameters), seed, self.mistake)


class FaultySession(NumpySession):
    """A session that traces rightly, and steps along the gradient with the mistake in it."""

    def __init__(self, request: Request, parameters: Parameters, seed: int, mistake: Mistake) -> None:
        super().__init__(request, parameters, seed)
        self._mistake = mistake

    @np.errstate(all="ignore")
    def run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        X, Y, w, order = prepare_run(X, Y, weights, order, self._network, self._dtype)

        def at(point: Array, rows: Array) -> tuple[Array, Array, Array]:
            batch = self._batch(X[rows], Y[rows], None if w is None else w[rows])
            J, R, _ = objective_of(self._network, batch)(point)
            return J, R, self.wrong_gradient(X[rows], Y[rows], None if w is None else w[rows], point)

        return self._stepper.run(at, order, learning_rates)

    def wrong_gradient(self, X: Array, Y: Array, weights: Array | None, point: Array) -> Array:
        """Return the gradient with the mistake in it, as one vector."""
        batch, parameters = self._batch(X, Y, weights), self._names.over(point)
        found = evaluate(self._network, parameters, batch)
        trace = Trace(
            self._network, parameters, batch.X, batch.Y, batch.weights, found.scales, found.losses, float(found.D),
            float(found.R), found.z, found.a, found.delta, list(batch.masks), found.gradients, self._stepper.step,
        )  # fmt: skip
        wrong = mistaken(trace, (self._mistake,))
        vector: Array = joined(self._network, {slot.name: wrong[f"d{slot.name}"] for slot in self._network.slots})
        return vector.astype(self._dtype, copy=False)
