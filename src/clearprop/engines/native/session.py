"""A session of the native engine: arrays to the core, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clearprop.engines.batches import inputs, prepare, prepare_run
from clearprop.engines.checks import check_learning_rates, check_state
from clearprop.engines.door import Array, Order, ShareOf, State, Steps
from clearprop.engines.native.core import core
from clearprop.engines.request import Request
from clearprop.engines.sharding.shards import Share
from clearprop.equations.activations import get_activation
from clearprop.model.parameters import Parameters, parameter_shapes
from clearprop.model.trace import Trace

_Data = tuple[Array, Array | None, Array | None, Array | None]
"""X, target rows, class indices, weights, as the core takes them."""


class NativeSession:
    """See `clearprop.engines.door.Session`."""

    def __init__(
        self, request: Request, parameters: Parameters, computing: core.SessionFloat32 | core.SessionFloat64
    ) -> None:
        network = request.network
        self.rounding = request.precision.rounding
        self._network = network
        self._trainable = all(layer.activation != "step" for layer in network.layers)
        self._dtype = request.precision.dtype
        self._zeros = Parameters(parameter_shapes(network), dtype=self._dtype)
        self._slots, self._shards = request.rule.slots, request.shards
        self._parts: Array | None = None  # the sums of this process's shards, before those of all
        self._core = computing
        self.set_state(State(parameters.vector, request.rule.start(parameters.vector)))

    def predict(self, X: Array) -> Array:
        X = inputs(X, self._network, self._dtype)
        output = np.empty((len(X), self._network.n_out), self._dtype)
        self._core.predict(X, output)
        return output

    def trace(self, X: Array, Y: Array, weights: Array | None = None) -> Trace:
        network = self._network
        X, rows, w, losses, gradient, J, R = self._evaluate(X, Y, weights, trace=True)
        total = w.sum()
        scales = w if network.objective.reduction == "sum" else w / total if total > 0 else 0 * w
        state = self._zeros.over(self.get_state().parameters)
        return Trace(
            network, state, X, rows, w, scales, losses, D=J - R, R=R,
            z=self._read("z", len(X)), a=self._read("a", len(X)), delta=self._read("delta", len(X)),
            mask=self._read("mask", len(X)), gradients=dict(gradient), step=self._core.step,
        )  # fmt: skip

    def gradients(self, X: Array, Y: Array, weights: Array | None = None) -> tuple[float, Parameters]:
        *_, gradient, J, _ = self._evaluate(X, Y, weights, trace=False)
        return J, gradient

    def run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        self._check_trainable()
        X, Y, w, order = prepare_run(X, Y, weights, order, self._network, self._dtype)
        rates, found = check_learning_rates(learning_rates, order), np.empty((3, len(order)))
        rows, classes = (Y, None) if Y.ndim == 2 else (None, Y)
        if self._shards is not None and self._shards.exchange.size > 1:
            return self._run_together((X, rows, classes, w), order, rates)
        count = 0 if self._shards is None else self._shards.count
        taken = self._core.run(X, rows, classes, w, order.rows, order.cuts, rates, found, count)
        return Steps(*found[:, :taken])

    def _run_together(self, data: _Data, order: Order, rates: Array) -> Steps:
        return self._apply(lambda rows: self._sum(data, rows), order, rates)

    def run_along(self, share_of: ShareOf, order: Order, learning_rates: Array) -> Steps:
        """Take the core's steps along gradients that somebody else computes; see `clearprop.engines.door.Along`."""
        w = np.empty(self._core.size, self._dtype)

        def share_at_w(rows: Array) -> tuple[Share, float]:
            self._core.get_parameters(w)
            return share_of(w, rows, self._core.step)

        return self._apply(share_at_w, order, check_learning_rates(learning_rates, order))

    def _apply(self, share_of: Callable[[Array], tuple[Share, float]], order: Order, rates: Array) -> Steps:
        found = np.empty((3, len(order)))
        for s, rate in enumerate(rates.tolist()):
            share, total_weight = share_of(order.batch(s))
            *found[:, s], finite = self._core.apply(share.g, share.D, total_weight, rate)
            if not finite:
                return Steps(*found[:, :s])
        return Steps(*found)

    def _sum(self, data: _Data, rows: Array) -> tuple[Share, float]:
        """Return D and its gradient over all shards of a batch, without R, and the batch's weight.

        The gradient lies where the next one will.
        """
        shards, total_weight = self._shards, 0.0
        assert shards is not None
        if self._parts is None:
            self._parts = np.empty((len(shards.nodes), self._core.size), self._dtype)
        D = np.empty((len(self._parts), 1))
        for k, node in enumerate(shards.nodes):
            D[k], total_weight = self._core.shard_gradients(*data, rows, (shards.count, *node), self._parts[k])
        sums = (shards.exchange.sum(parts, shards.count) for parts in (D, self._parts))
        return Share(float(next(sums)[0]), next(sums)), total_weight

    def get_state(self) -> State:
        parameters = np.empty(self._core.size, self._dtype)
        self._core.get_parameters(parameters)
        slots = {name: np.empty_like(parameters) for name in self._slots}
        for i, slot in enumerate(slots.values()):
            self._core.get_slot(i, slot)
        return State(parameters, slots, self._core.step)

    def set_state(self, state: State) -> None:
        check_state(state, self._slots, self._core.size)
        self._core.set_parameters(self._vector(state.parameters))
        for i, name in enumerate(self._slots):
            self._core.set_slot(i, self._vector(state.slots[name]))
        self._core.step = state.step

    def _vector(self, values: Array) -> Array:
        return np.ascontiguousarray(values, self._dtype)

    def _evaluate(self, X: Array, Y: Array, weights: Array | None, trace: bool) -> Any:
        self._check_trainable()
        X, rows, w = prepare(X, Y, weights, self._network, self._dtype)
        losses = np.empty(len(X), self._dtype)
        gradient = self._zeros.over(np.zeros(self._core.size, self._dtype))
        J, R = self._core.evaluate(X, rows, None, w, gradient.vector, losses, trace)
        return X, rows, w, losses, gradient, J, R

    def _read(self, name: str, batch: int) -> list[Any]:
        """Return the list of one of the last trace's arrays, None where there is none."""
        arrays = [np.empty((batch, n), self._dtype) for n in self._network.sizes]
        found = [self._core.read(name, l, array) for l, array in enumerate(arrays)]
        if name == "z":
            found[0] = False
        return [array if there else None for array, there in zip(arrays, found, strict=True)]

    def _check_trainable(self) -> None:
        if not self._trainable:
            get_activation("step").derivative(None, None)
