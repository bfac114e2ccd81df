"""A session on JAX: arrays to the device, and back. What is kept between calls lies on the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from clearprop.engines.batches import Batches, inputs, prepare, prepare_run
from clearprop.engines.checks import check_learning_rates, check_state
from clearprop.engines.door import Array, Order, State, Steps
from clearprop.engines.request import Request
from clearprop.engines.xla.compiled import Chunk, compiled
from clearprop.engines.xla.devices import device_of, in_64_bits
from clearprop.equations.step import Batch, Memory
from clearprop.model.parameters import Parameters
from clearprop.model.trace import Trace

CHUNK_BYTES, LONGEST_CHUNK = 1 << 26, 64
"""Of the batches that go to the device at once; and how many these may be."""


class JaxSession:
    """See `clearprop.engines.door.Session`."""

    _w: Any  # on the device, as the memory is
    _memory: Memory
    _step: int

    def __init__(self, request: Request, parameters: Parameters, seed: int) -> None:
        self.rounding, self._dtype = request.precision.rounding, request.precision.dtype
        self._network, self._rule, self._names = request.network, request.rule, parameters
        self._prepared = request.rule.prepare(request.network.slots)
        self._device = device_of(request.device)
        self._compiled = compiled(request.network, request.rule)
        words = int(seed) & 0xFFFFFFFF, (int(seed) >> 32) & 0xFFFFFFFF
        with in_64_bits():
            self._key = tuple(self._put(np.uint64(word)) for word in words)
        self.set_state(State(parameters.vector, request.rule.start(parameters.vector)))

    def predict(self, X: Array) -> Array:
        X = inputs(X, self._network, self._dtype)
        with in_64_bits():
            return np.asarray(self._compiled.predict(self._w, self._put(filled_up(X))))[: len(X)]

    def trace(self, X: Array, Y: Array, weights: Array | None = None) -> Trace:
        X, rows, w = prepare(X, Y, weights, self._network, self._dtype)
        with in_64_bits():
            batch = self._put(Batch(X, rows, w, []))
            found, masks = jax.device_get(self._compiled.evaluate(self._w, batch, self._key, self._step))
        return Trace(
            self._network, self._names.over(self._vector()), X, rows, w, found.scales, found.losses, float(found.D),
            float(found.R), found.z, found.a, found.delta, masks, found.gradients, self._step,
        )  # fmt: skip

    def gradients(self, X: Array, Y: Array, weights: Array | None = None) -> tuple[float, Parameters]:
        trace = self.trace(X, Y, weights)
        return trace.J, trace.gradient

    def run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        batches = prepare_run(X, Y, weights, order, self._network, self._dtype)
        rates = check_learning_rates(learning_rates, batches.order).astype(self._dtype)
        found, taken = np.empty((3, len(batches.order))), 0
        with in_64_bits():
            for chunk in chunks(batches, rates, self._dtype):
                wanted = int(chunk.n)
                self._w, self._memory, n, seen = self._compiled.run(
                    self._w, self._memory, self._put(chunk), self._key, self._step
                )
                n = int(n)
                found[:, taken : taken + n] = np.asarray(seen)[:n].T
                taken, self._step = taken + n, self._step + n
                if n < wanted:
                    return Steps(*found[:, :taken], refused_at=self._point())
        return Steps(*found)

    def get_state(self) -> State:
        memory = {name: np.array(slot) for name, slot in self._memory.items()}
        return State(self._vector(), memory, self._step)

    def set_state(self, state: State) -> None:
        check_state(state, self._prepared.slots, self._names.vector.size)
        with in_64_bits():
            self._w = self._put(np.array(state.parameters, self._dtype))
            self._memory = {name: self._put(np.array(slot, self._dtype)) for name, slot in state.slots.items()}
        self._step = state.step

    def _vector(self) -> Array:
        return np.array(self._w)

    def _point(self) -> Array | None:
        """Return where the next gradient would be taken, None where that is at the parameters."""
        state = self.get_state()
        point = self._prepared.gradient_point(state.parameters, state.slots)
        return None if point is state.parameters else point

    def _put(self, arrays: Any) -> Any:
        return jax.device_put(arrays, self._device)


def filled_up(X: Array) -> Array:
    """Return rows with some of zeros behind them, so that few numbers of rows are ever compiled for."""
    more = rows_compiled_for(len(X)) - len(X)
    return np.concatenate([X, np.zeros((more, *X.shape[1:]), X.dtype)]) if more else X


def rows_compiled_for(n: int) -> int:
    """Return n, rounded up to a number of at most four binary digits and zeros: at most an eighth more."""
    digits = max(n.bit_length() - 4, 0)
    return max(1, -(-n >> digits) << digits)


def chunks(batches: Batches, rates: Array, dtype: np.dtype[Any]) -> Iterator[Chunk]:
    """Yield runs of batches that are compiled for as many rows, in order."""
    sizes = [rows_compiled_for(int(n)) for n in np.diff(batches.order.cuts)]
    start = 0
    while start < len(sizes):
        rows, most = sizes[start], _longest(sizes[start], batches, dtype)
        stop = start + 1
        while stop < len(sizes) and sizes[stop] == rows and stop - start < most:
            stop += 1
        yield _chunk(batches, rates, start, stop, rows, most)
        start = stop


def _longest(rows: int, batches: Batches, dtype: np.dtype[Any]) -> int:
    """Return how many batches of so many rows make a chunk; it depends on nothing else, as the shape of arrays does."""
    of_a_batch = max(1, rows * int(batches.X.shape[1]) * dtype.itemsize)
    return min(LONGEST_CHUNK, max(1, CHUNK_BYTES // of_a_batch))


def _chunk(batches: Batches, rates: Array, start: int, stop: int, rows: int, most: int) -> Chunk:
    """Return batches start .. stop − 1 as `most` batches of `rows` rows; what fills them up weighs nothing."""
    X, Y, weights, order = batches
    taken = np.zeros((most, rows), np.int64)
    w = np.zeros((most, rows), X.dtype)
    for k, step in enumerate(range(start, stop)):
        numbers = order.batch(step)
        taken[k, : len(numbers)] = numbers
        taken[k, len(numbers) :] = numbers[0] if len(numbers) else 0
        w[k, : len(numbers)] = 1 if weights is None else weights[numbers]
    used = taken[: stop - start]
    all_rates = np.zeros(most, X.dtype)
    all_rates[: stop - start] = rates[start:stop]
    return Chunk(_taken(X, used, most), _taken(Y, used, most), w, all_rates, np.int64(stop - start))


def _taken(array: Array, rows: Array, most: int) -> Array:
    """Return array[rows] (n, rows, ...), followed by zeros up to `most` batches."""
    out = np.zeros((most, rows.shape[1], *array.shape[1:]), array.dtype)
    if len(array):
        np.take(array, rows, axis=0, out=out[: len(rows)], mode="clip")
    return out
