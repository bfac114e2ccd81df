"""The native engine: the C++ core of `native/`, which runs many steps in one call."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines._batch import check_learning_rates, check_lengths, check_state, prepare, target_rows
from clearprop.engines._native_core import core, native_missing
from clearprop.engines._native_description import describe, why_not
from clearprop.engines._native_threads import available_threads
from clearprop.engines.door import Array, Order, State, Steps
from clearprop.engines.threads import exact_threads
from clearprop.equations.activations import get_activation
from clearprop.equations.optimizers import Rule
from clearprop.errors import DataError, EngineCannot, UsageError, unknown_name
from clearprop.model.columns import check_columns
from clearprop.model.network import Network
from clearprop.model.parameters import Parameters, parameter_shapes
from clearprop.model.trace import Trace

BF16_ROUNDING = 2.0**-8  # 8 significant bits, rounded to nearest


class NativeEngine:
    """Dense networks at the speed of the machine; float32 or float64.

    Parameters
    ----------
    n_threads : int or None
        At most so many threads; None takes all that this process may use. The results are the same bits for any
        number of threads.
    precision : {None, "bf16"}
        "bf16" rounds the operands of every product to 8 significant bits and sums in float32; weights, activations
        and the optimizer's memory stay float32. It is about twice as fast on processors with AVX-512-BF16 and slower
        on others. Parameters must be float32.
    instruction_set : str or None
        One of `instruction_sets`; None takes the best.
    """

    name = "native"

    def __init__(
        self, n_threads: int | None = None, precision: str | None = None, instruction_set: str | None = None
    ) -> None:
        if n_threads is not None and n_threads < 1:
            raise UsageError(f"n_threads must be 1 or more, got {n_threads!r}; leave it out for all there are.")
        if instruction_set is not None and instruction_set not in self.instruction_sets():
            raise UsageError(f"this processor has {', '.join(self.instruction_sets())}, not {instruction_set!r}.")
        if precision not in (None, "bf16"):
            raise unknown_name("precision", precision, ["bf16"])
        self.n_threads = n_threads
        self.precision = precision
        self.instruction_set = instruction_set

    @staticmethod
    def instruction_sets() -> tuple[str, ...]:
        """Return the instruction sets this processor has and the engine was built for, the fastest first."""
        return () if native_missing() else core.INSTRUCTION_SETS

    def why_not(self, network: Network, rule: Rule, dtype: np.dtype[Any]) -> str | None:
        """Return what of this the engine cannot do, or None."""
        if missing := native_missing():
            return f"anything here: {missing}"
        if dtype not in (np.float32, np.float64):
            return f"the precision {dtype} (it has float32 and float64)"
        if self.precision == "bf16" and dtype != np.float32:
            return f"bf16 beside parameters in {dtype} (they must be float32)"
        return why_not(network, rule)

    def open(self, network: Network, parameters: Parameters, optimizer: Rule, seed: int) -> NativeSession:
        """Open a session; see `clearprop.engines.door.Engine`."""
        reason = self.why_not(network, optimizer, parameters.vector.dtype)
        if reason:
            raise EngineCannot(f"the engine 'native' cannot do {reason}.")
        exact = exact_threads()
        n_threads = exact or self.n_threads or available_threads()
        kind = core.SessionFloat32 if parameters.vector.dtype == np.float32 else core.SessionFloat64
        description = describe(network, optimizer, seed)
        mode = self.instruction_set or "", self.precision == "bf16", exact is not None
        computing = kind(description, n_threads, *mode)
        rounding = BF16_ROUNDING if self.precision == "bf16" else float(np.finfo(parameters.vector.dtype).eps)
        return NativeSession(network, parameters, optimizer, computing, rounding)


class NativeSession:
    """See `clearprop.engines.door.Session`."""

    def __init__(
        self,
        network: Network,
        parameters: Parameters,
        optimizer: Rule,
        computing: core.SessionFloat32 | core.SessionFloat64,
        rounding: float,
    ) -> None:
        self.rounding = rounding
        self._network = network
        self._takes_classes = network.takes_classes
        self._trainable = all(layer.activation != "step" for layer in network.layers)
        self._dtype = parameters.vector.dtype
        self._zeros = Parameters(parameter_shapes(network), dtype=self._dtype)
        self._slots = optimizer.slots
        self._core = computing
        self.set_state(State(parameters.vector, optimizer.start(parameters.vector)))

    def predict(self, X: Array) -> Array:
        X = self._rows(X)
        output = np.empty((len(X), self._network.n_out), self._dtype)
        self._core.predict(X, output)
        return output

    def trace(self, X: Array, Y: Array, weights: Array | None = None) -> Trace:
        network = self._network
        X, rows, w, losses, gradient, J, R = self._evaluate(X, Y, weights, trace=True)
        total = w.sum()
        scales = w if network.objective.reduction == "sum" else w / total if total > 0 else 0 * w
        dW, db, dE = (self._gradient_list(gradient, name) for name in "WbE")
        state = self._zeros.over(self.get_state().parameters)
        return Trace(
            network, state, X, rows, w, scales, losses, D=J - R, R=R,
            z=self._read("z", len(X)), a=self._read("a", len(X)), delta=self._read("delta", len(X)),
            mask=self._read("mask", len(X)), dW=dW, db=db, dE=dE, step=self._core.step,
        )  # fmt: skip

    def gradients(self, X: Array, Y: Array, weights: Array | None = None) -> tuple[float, Parameters]:
        *_, gradient, J, _ = self._evaluate(X, Y, weights, trace=False)
        return J, gradient

    def run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        self._check_trainable()
        self._check_order(order, len(X))
        X = self._rows(X, order.rows)
        targets, is_classes = self._targets(Y)
        w = None if weights is None else np.ascontiguousarray(weights, self._dtype)
        check_lengths(X, targets, w, order.rows)
        rates = check_learning_rates(learning_rates, order)
        found = np.empty((3, len(order)))
        rows, classes = (None, targets) if is_classes else (targets, None)
        taken = self._core.run(X, rows, classes, w, order.rows, order.cuts, rates, found)
        return Steps(*found[:, :taken])

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
        X, rows, w = np.ascontiguousarray(X), np.ascontiguousarray(rows), np.ascontiguousarray(w)
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

    def _gradient_list(self, gradient: Parameters, name: str) -> list[Any]:
        n = len(self._network.inputs.categories) if name == "E" else self._network.L
        return [None, *(gradient.get(f"{name}{l}") for l in range(1, n + 1))]

    def _rows(self, X: Array, only: Array | None = None) -> Array:
        return np.ascontiguousarray(check_columns(X, self._network, self._dtype, only))

    def _targets(self, Y: Array) -> tuple[Array, bool]:
        """Return the class indices where that is what Y holds, else the target rows; and which of the two."""
        Y = np.asarray(Y)
        if self._takes_classes and Y.ndim == 1 and Y.dtype.kind in "iu":
            return np.ascontiguousarray(Y, np.int64), True
        return np.ascontiguousarray(target_rows(Y, self._network, self._dtype)), False

    def _check_trainable(self) -> None:
        if not self._trainable:
            get_activation("step").derivative(None, None)

    @staticmethod
    def _check_order(order: Order, n: int) -> None:
        rows, cuts = order.rows, order.cuts
        if len(rows) and not rows.view(np.uint64).max() < n:  # a negative row is a huge one without its sign
            raise DataError(f"the order must name rows 0 .. {n - 1}, got {rows.min()} .. {rows.max()}.")
        if not (cuts[0] >= 0 and cuts[-1] <= len(rows) and (cuts[1:] >= cuts[:-1]).all()):
            raise DataError(f"the cuts of an order must rise from 0 to at most {len(rows)}.")
