"""Steps one by one: the core gives the gradient, NumPy applies a rule that the core does not know.

Muon works on whole matrices, schedule-free AdamW takes the gradient beside the weights that predict, and a user may
write a rule: none of these fits the core's pass over single parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines.batches import prepare_run
from clearprop.engines.blas import one_blas_thread
from clearprop.engines.door import Array, Order, State, Steps
from clearprop.engines.native.session import NativeSession
from clearprop.engines.request import Request
from clearprop.engines.sharding.shards import with_penalty
from clearprop.engines.stepping import Stepper
from clearprop.model.parameters import Parameters


class SteppedSession(NativeSession):
    """See `clearprop.engines.door.Session`. Between two calls the core holds the parameters that predict."""

    def __init__(self, request: Request, parameters: Parameters, computing: Any) -> None:
        self._stepper = Stepper(request, parameters)
        super().__init__(request, parameters, computing)

    def run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        X, Y, w, order = prepare_run(X, Y, weights, order, self._network, self._dtype)

        def at(point: Array, rows: Array) -> tuple[float, float, Array]:
            self._place(point)
            *_, gradient, J, R = self._evaluate(X[rows], Y[rows], None if w is None else w[rows], trace=False)
            return J, R, gradient.vector

        def summed(point: Array, batch: Array) -> tuple[float, float, Array]:
            self._place(point)
            share, total_weight = self._sum((X, rows, classes, w), batch)
            return with_penalty(self._network, point, share, total_weight)

        rows, classes = (Y, None) if Y.ndim == 2 else (None, Y)
        try:
            with one_blas_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                return self._stepper.run(at if self._shards is None else summed, order, learning_rates)
        finally:
            self._place(self._stepper.w)

    def get_state(self) -> State:
        return self._stepper.get_state()

    def set_state(self, state: State) -> None:
        self._stepper.set_state(state)
        self._place(self._stepper.w)

    def _place(self, point: Array) -> None:
        """Let the core compute at that point, with the dropout masks of this step."""
        self._core.set_parameters(self._vector(point))
        self._core.step = self._stepper.step
