"""The problem a batch solver solves: J over all rows as a function of the free parameters, by any engine."""

from __future__ import annotations

import numpy as np

from clearprop.engines import Session, State
from clearprop.equations.slots import each_number
from clearprop.equations.targets import as_rows
from clearprop.errors import DivergenceError, UsageError
from clearprop.model import Network, Trace, hessian_product
from clearprop.training.divergence import locate
from clearprop.training.rows import Array, Rows


class Problem:
    """J(w) and its derivatives; w (n_free,), in float64, holds the parameters of the layers that are not frozen.

    Parameters
    ----------
    session : Session
        Holds the parameters to start from. In float64 the last digits of J can tell two points apart.

    Raises
    ------
    UsageError
        If the network drops units or limits weights after each step, so that there is no one J to minimise; or if
        all its layers are frozen.
    """

    def __init__(self, session: Session, network: Network, rows: Rows) -> None:
        for name in ("dropout", "max_norm"):
            if any(getattr(layer, name) for layer in network.layers):
                raise UsageError(f"a batch solver minimises one fixed J, which {name} changes; train by steps instead.")
        self.session, self.network, self.rows = session, network, _prepared(rows, network)
        self.free = free_parameters(network)
        if not self.free.any():
            raise UsageError("every layer is frozen; a solver needs at least one that may move.")
        self._all_free = bool(self.free.all())
        self._state = session.get_state()
        self._precision = self._state.parameters.dtype
        self._placed: Array | None = None
        self.n_evaluations = 0
        self._value: tuple[Array, float, Array] | None = None
        self._trace: tuple[Array, Trace] | None = None

    def start(self) -> Array:
        """Return the session's parameters at the beginning.

        Raises
        ------
        DivergenceError
            If J or its gradient is not finite there; it says where the first such number stands.
        """
        w = self._state.parameters[self.free].astype(np.float64)
        J, g = self.value_and_gradient(w)
        if not (np.isfinite(J) and np.isfinite(g).all()):
            with np.errstate(all="ignore"):
                found = locate(self.trace(w), np.arange(len(self.rows)), epoch=1, learning_rate=None)
            raise DivergenceError(str(found), found)
        return w

    def whole(self, w: Array) -> Array:
        """Return the vector of all parameters (n,), those of frozen layers included."""
        if self._all_free:
            return np.array(w)
        vector = self._state.parameters.astype(np.float64)
        vector[self.free] = w
        return vector

    def move_to(self, w: Array) -> Array:
        """Put w into the session, if it is not there; return a copy of w that stays as it is."""
        if self._placed is None or not same(self._placed, w):
            self._placed = self._place(np.array(w))
        return self._placed

    def _place(self, w: Array) -> Array:
        parameters = (w if self._all_free else self.whole(w)).astype(self._precision, copy=False)
        self.session.set_state(State(parameters, self._state.slots, self._state.step))
        return w

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        """Return J and ∂J/∂w (n_free,); asked twice in a row at the same w, it computes once."""
        if self._value is None or not same(self._value[0], w):
            placed = self.move_to(w)
            self.n_evaluations += 1
            J, gradient = self.session.gradients(self.rows.X, self.rows.Y, self.rows.weights)
            g = gradient.vector if self._all_free else gradient.vector[self.free]
            self._value = placed, J, g.astype(np.float64, copy=False)
        return self._value[1], self._value[2].copy()

    def outputs(self, w: Array) -> Array:
        """Return a[L] (n_rows, n_out) at w, in float64."""
        self.move_to(w)
        self.n_evaluations += 1
        return self.session.predict(self.rows.X).astype(np.float64)

    def trace(self, w: Array) -> Trace:
        """Return the trace of all rows at w; the last one is kept."""
        if self._trace is None or not same(self._trace[0], w):
            self.move_to(w)
            self.n_evaluations += 1
            self._trace = w.copy(), self.session.trace(self.rows.X, self.rows.Y, self.rows.weights)
        return self._trace[1]

    def hessian_times(self, w: Array, direction: Array) -> Array:
        """Return ∂²J/∂w² times a direction, both (n_free,)."""
        return hessian_product(self.trace(w), self.along(direction))[self.free].astype(np.float64)

    def along(self, direction: Array) -> Array:
        """Return a direction (n_free,) as one of all parameters (n,): 0 for the frozen ones."""
        vector = np.zeros(self.free.size)
        vector[self.free] = direction
        return vector


def same(a: Array, b: Array) -> bool:
    """Return whether two vectors are the same to the bit; on short ones far faster than ``np.array_equal``."""
    return a is b or a.tobytes() == b.tobytes()


def _prepared(rows: Rows, network: Network) -> Rows:
    """Return the rows as an engine wants them, so that it need not prepare them in every iteration."""
    Y = as_rows(rows.Y, network.n_out, rows.X.dtype, network.takes_classes)
    return Rows(np.ascontiguousarray(rows.X), Y, rows.weights)


def free_parameters(network: Network) -> Array:
    """Return which parameters may move, a boolean array (n,)."""
    return each_number(network.slots, lambda slot: slot.trainable, bool)


def penalised_parameters(network: Network) -> Array:
    """Return which parameters R counts, a boolean array (n,)."""
    return each_number(network.slots, lambda slot: slot.penalised, bool)
