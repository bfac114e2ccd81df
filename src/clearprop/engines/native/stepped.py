"""Steps one by one: the core gives the gradient, NumPy applies a rule that the core does not know.

Muon works on whole matrices, schedule-free AdamW takes the gradient beside the weights that predict, and a user may
write a rule: none of these fits the core's pass over single parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines.batches import prepare_run
from clearprop.engines.blas import one_blas_thread
from clearprop.engines.checks import check_learning_rates, check_state
from clearprop.engines.door import Array, Order, State, Steps
from clearprop.engines.native.session import NativeSession
from clearprop.engines.request import Request
from clearprop.engines.update import Update, norm_of
from clearprop.model.parameters import Parameters


class SteppedSession(NativeSession):
    """See `clearprop.engines.door.Session`. Between two calls the core holds the parameters that predict."""

    def __init__(self, request: Request, parameters: Parameters, computing: Any) -> None:
        self._update = Update(request.network, parameters, request.rule)
        self._w = parameters.vector.copy()
        self._memory = request.rule.start(self._w)
        super().__init__(request, parameters, computing)

    def run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        X, Y, weights, order = prepare_run(X, Y, weights, order, self._network, self._dtype)
        rates, found = check_learning_rates(learning_rates, order), np.empty((len(order), 3))
        with one_blas_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for s, rate in enumerate(rates):
                rows, point = order.batch(s), self._update.rule.gradient_point(self._w, self._memory)
                J, R, g = self._gradient_at(point, X[rows], Y[rows], None if weights is None else weights[rows])
                norm = norm_of(g)
                if not (np.isfinite(J) and np.isfinite(norm)):
                    return Steps(*found[:s].T, refused_at=None if point is self._w else point)
                found[s] = J, R, norm
                self._step(g, norm, float(rate))
        return Steps(*found.T)

    def get_state(self) -> State:
        slots = {name: slot.copy() for name, slot in self._memory.items()}
        return State(self._w.copy(), slots, self._core.step)

    def set_state(self, state: State) -> None:
        check_state(state, self._memory, self._core.size)
        self._w[...] = state.parameters
        self._memory = {name: np.array(slot, dtype=self._dtype) for name, slot in state.slots.items()}
        self._core.set_parameters(self._w)
        self._core.step = state.step

    def _gradient_at(self, point: Array, X: Array, Y: Array, weights: Array | None) -> tuple[float, float, Array]:
        """Return J, R and ∂J/∂w (n,) at that point; the core holds w again afterwards."""
        if point is self._w:
            *_, gradient, J, R = self._evaluate(X, Y, weights, trace=False)
        else:
            self._core.set_parameters(self._vector(point))
            try:
                *_, gradient, J, R = self._evaluate(X, Y, weights, trace=False)
            finally:
                self._core.set_parameters(self._w)
        return J, R, gradient.vector

    def _step(self, g: Array, norm: float, learning_rate: float) -> None:
        self._core.step += 1
        self._memory = self._update.apply(self._w, g, norm, self._memory, self._core.step, learning_rate)
        self._core.set_parameters(self._w)
