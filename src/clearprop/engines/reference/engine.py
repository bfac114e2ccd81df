"""The reference engine: the equations, on NumPy arrays, and nothing clever."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines.batches import inputs, prepare, prepare_run
from clearprop.engines.blas import few_threads
from clearprop.engines.checks import check_learning_rates, check_state, starting_point
from clearprop.engines.door import Array, Order, State, Steps
from clearprop.engines.request import Request
from clearprop.engines.update import Update, norm_of
from clearprop.equations import backprop
from clearprop.equations.dropout import dropout_mask
from clearprop.equations.inputs import embedding_gradients, encode
from clearprop.equations.objective import output_delta, row_losses, row_scales
from clearprop.equations.penalties import penalty, penalty_gradient
from clearprop.model.parameters import Parameters, as_lists
from clearprop.model.trace import Trace

# What overflows is infinite, and `run` stops there; NumPy's warnings would say it twice.
_quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")


class NumpyEngine:
    """Calls `clearprop.equations`, on the processor."""

    name = "numpy"

    def missing(self) -> str | None:
        """Return None: it is always here."""
        return None

    def why_not(self, request: Request) -> str | None:
        """Return what of this the engine cannot do, or None."""
        if request.device is not None:
            return f"the device {request.device!r} (it computes on the processor)"
        if request.precision.rounds_products:
            return f'precision="{request.precision}" (it rounds nothing on the way)'
        return None

    def open(self, request: Request, parameters: Parameters, seed: int) -> NumpySession:
        """Open a session; see `clearprop.engines.door.Engine`."""
        return NumpySession(request, starting_point(self, request, parameters), seed)


class NumpySession:
    """See `clearprop.engines.door.Session`."""

    def __init__(self, request: Request, parameters: Parameters, seed: int) -> None:
        self.rounding = request.precision.rounding
        self._network = request.network
        self._parameters = parameters
        self._update = Update(request.network, parameters, request.rule)
        self._seed = seed
        self._slots = request.rule.start(parameters.vector)
        self._step = 0
        self._dtype = request.precision.dtype

    @_quiet
    def predict(self, X: Array) -> Array:
        X = inputs(X, self._network, self._dtype)
        W, b, E = as_lists(self._network, self._parameters)
        a0 = encode(X, self._network.inputs.n_numeric, self._network.inputs.categories, E)
        with few_threads(self._network, len(X)):
            _, a = backprop.forward(a0, W, b, self._network.f, [None] * len(W))
        output: Array = a[-1]
        return output

    def trace(self, X: Array, Y: Array, weights: Array | None = None) -> Trace:
        return self._trace(self._parameters, X, Y, weights)

    @_quiet
    def _trace(self, parameters: Parameters, X: Array, Y: Array, weights: Array | None) -> Trace:
        network, objective = self._network, self._network.objective
        X, rows, w = prepare(X, Y, weights, network, self._dtype)
        W, b, E = as_lists(network, parameters)
        masks = self._masks(len(X))

        a0 = encode(X, network.inputs.n_numeric, network.inputs.categories, E)
        z, a = backprop.forward(a0, W, b, network.f, masks)
        losses = row_losses(objective.loss, network.f[-1], z[-1], a[-1], rows)
        scales = row_scales(w, objective.reduction)
        delta_L = output_delta(objective.loss, network.f[-1], z[-1], a[-1], rows, scales)
        delta = backprop.backward(delta_L, z, a, W, network.f, masks)
        dW, db = backprop.gradients(a, delta, b, masks)
        dE = embedding_gradients(
            X, network.inputs.n_numeric, network.inputs.categories, E,
            upstream=lambda: backprop.input_gradient(delta, W, masks),
        )  # fmt: skip
        return Trace(
            network, parameters.copy(), X, rows, w, scales, losses,
            D=float(np.sum(scales * losses)), R=self._penalise(W, b, dW, db, w),
            z=z, a=a, delta=delta, mask=masks, dW=dW, db=db, dE=dE, step=self._step,
        )  # fmt: skip

    def gradients(self, X: Array, Y: Array, weights: Array | None = None) -> tuple[float, Parameters]:
        trace = self.trace(X, Y, weights)
        return trace.J, trace.gradient

    @_quiet
    def run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        batches = prepare_run(X, Y, weights, order, self._network, self._dtype)
        with few_threads(self._network, int(np.diff(batches.order.cuts).max(initial=0))):
            return self._run(*batches, check_learning_rates(learning_rates, batches.order))

    def _run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        found = np.empty((len(order), 3))
        for s, learning_rate in enumerate(learning_rates):
            rows, point = order.batch(s), self._gradient_point()
            trace = self._trace(point, X[rows], Y[rows], None if weights is None else weights[rows])
            g = trace.gradient.vector
            norm = norm_of(g)
            if not (np.isfinite(trace.J) and np.isfinite(norm)):
                return Steps(*found[:s].T, refused_at=None if point is self._parameters else point.vector)
            found[s] = trace.J, trace.R, norm
            self._step += 1
            self._slots = self._update.apply(
                self._parameters.vector, g, norm, self._slots, self._step, float(learning_rate)
            )
        return Steps(*found.T)

    def get_state(self) -> State:
        slots = {name: slot.copy() for name, slot in self._slots.items()}
        return State(self._parameters.vector.copy(), slots, self._step)

    def set_state(self, state: State) -> None:
        check_state(state, self._slots, self._parameters.vector.size)
        self._parameters.vector[...] = state.parameters
        self._slots = {name: np.array(slot, dtype=self._dtype) for name, slot in state.slots.items()}
        self._step = state.step

    def _gradient_point(self) -> Parameters:
        w = self._parameters.vector
        point = self._update.rule.gradient_point(w, self._slots)
        return self._parameters if point is w else Parameters(self._parameters.shapes, point)

    def _masks(self, batch: int) -> list[Array | None]:
        """Return the dropout mask on a[0] .. a[L] at this step."""
        sizes = self._network.sizes
        return [
            dropout_mask(self._seed, self._step, l, (batch, sizes[l]), layer.dropout, self._dtype)
            if layer.dropout
            else None
            for l, layer in enumerate(self._network.layers)
        ] + [None]

    def _penalise(self, W: list[Any], b: list[Any], dW: list[Any], db: list[Any], weights: Array) -> float:
        """Add ∂R/∂W and ∂R/∂b to the gradients, and return R."""
        objective, R = self._network.objective, 0.0
        l1, l2 = objective.strengths(weights)
        if not (l1 or l2):
            return R
        for values, slopes in ((W, dW), (b, db)) if objective.penalize_bias else ((W, dW),):
            for l in range(1, len(values)):
                if values[l] is not None:
                    R += float(penalty(values[l], l1, l2))
                    slopes[l] = slopes[l] + penalty_gradient(values[l], l1, l2)
        return R
