"""The session of the reference: the equations, on NumPy arrays, and nothing clever."""

from __future__ import annotations

import numpy as np

from clearprop.engines.batches import inputs, prepare, prepare_run
from clearprop.engines.blas import few_threads, one_blas_thread
from clearprop.engines.door import Array, Order, State, Steps
from clearprop.engines.request import Request
from clearprop.engines.sharding.shards import objective_by_shards
from clearprop.engines.stepping import Stepper
from clearprop.equations.dropout import dropout_masks
from clearprop.equations.step import Batch, evaluate, forward, objective_of
from clearprop.model.parameters import Parameters
from clearprop.model.trace import Trace

# What overflows is infinite, and `run` stops there; NumPy's warnings would say it twice.
_quiet = np.errstate(all="ignore")


class NumpySession:
    """See `clearprop.engines.door.Session`."""

    def __init__(self, request: Request, parameters: Parameters, seed: int) -> None:
        self.rounding, self._dtype = request.precision.rounding, request.precision.dtype
        self._network, self._seed, self._names = request.network, seed, parameters
        self._shards = request.shards
        self._stepper = Stepper(request, parameters)

    @_quiet
    def predict(self, X: Array) -> Array:
        X, parameters = inputs(X, self._network, self._dtype), self._names.over(self._stepper.w)
        with few_threads(self._network, len(X)):
            _, a = forward(self._network, parameters, X, [None] * len(self._network.f))
        return np.asarray(a[-1])

    @_quiet
    def trace(self, X: Array, Y: Array, weights: Array | None = None) -> Trace:
        batch, parameters = self._batch(X, Y, weights), self._names.over(self._stepper.w.copy())
        found = evaluate(self._network, parameters, batch)
        return Trace(
            self._network, parameters, batch.X, batch.Y, batch.weights, found.scales, found.losses, float(found.D),
            float(found.R), found.z, found.a, found.delta, list(batch.masks), found.gradients, self._stepper.step,
        )  # fmt: skip

    @_quiet
    def gradients(self, X: Array, Y: Array, weights: Array | None = None) -> tuple[float, Parameters]:
        trace = self.trace(X, Y, weights)
        return trace.J, trace.gradient

    @_quiet
    def run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        X, Y, w, order = prepare_run(X, Y, weights, order, self._network, self._dtype)

        def at(point: Array, rows: Array) -> tuple[Array, Array, Array]:
            def batch_of(part: slice) -> Batch:
                return self._batch(X[rows[part]], Y[rows[part]], None if w is None else w[rows[part]], part.start or 0)

            if self._shards is None:
                return objective_of(self._network, batch_of(slice(None)))(point)
            weights = None if w is None else w[rows]
            return objective_by_shards(self._shards, self._network, batch_of, weights, len(rows))(point)

        largest = int(np.diff(order.cuts).max(initial=0))
        with few_threads(self._network, largest) if self._shards is None else one_blas_thread():
            return self._stepper.run(at, order, learning_rates)

    def get_state(self) -> State:
        return self._stepper.get_state()

    def set_state(self, state: State) -> None:
        self._stepper.set_state(state)

    def _batch(self, X: Array, Y: Array, weights: Array | None, first: int = 0) -> Batch:
        X, rows, w = prepare(X, Y, weights, self._network, self._dtype)
        rates = [layer.dropout for layer in self._network.layers]
        masks = dropout_masks(self._seed, self._stepper.step, self._network.sizes, rates, len(X), self._dtype, first)
        return Batch(X, rows, w, masks)
