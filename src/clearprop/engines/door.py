"""The door: what training asks of an engine, and nothing more.

An engine opens a `Session` for one network; the session owns the parameters and the optimizer's memory while it runs.
State goes out and in as plain arrays, so any engine can continue another's run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from clearprop.engines.request import Request
from clearprop.engines.sharding.shards import Share
from clearprop.model.parameters import Parameters
from clearprop.model.trace import Trace

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Order:
    """The order of the rows, cut into batches.

    Attributes
    ----------
    rows : int64 array (n,)
        Row numbers.
    cuts : int64 array (n_steps + 1,)
        Step s takes ``rows[cuts[s]:cuts[s + 1]]``.
    """

    rows: NDArray[np.int64]
    cuts: NDArray[np.int64]

    @classmethod
    def of(cls, rows: NDArray[np.int64], batch_size: int) -> Order:
        """Cut rows into batches of batch_size; the last one takes what is left."""
        cuts = np.append(np.arange(0, len(rows), batch_size), len(rows))
        return cls(np.ascontiguousarray(rows, np.int64), cuts.astype(np.int64))

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def batch(self, step: int) -> NDArray[np.int64]:
        """Return the row numbers of one step."""
        return self.rows[self.cuts[step] : self.cuts[step + 1]]

    def steps(self, start: int, stop: int) -> Order:
        """Return the order of steps start .. stop − 1."""
        if start == 0 and stop == len(self) and self.cuts[0] == 0:
            return self
        cuts = self.cuts[start : stop + 1]
        return Order(self.rows[cuts[0] : cuts[-1]], cuts - cuts[0])


@dataclass(frozen=True, eq=False)
class Steps:
    """What the steps of one `Session.run` found; shorter than the order where the next step would have diverged.

    Attributes
    ----------
    losses : float64 array (n,)
        J of each step, before its update.
    penalties : float64 array (n,)
        R, the part of J that the penalties make.
    gradient_norms : float64 array (n,)
        Euclidean norm of ∂J/∂(all parameters), before clipping.
    refused_at : array (n_parameters,) or None
        Where the step that would have diverged takes its gradient, if that is not at the session's parameters.
    """

    losses: NDArray[np.float64]
    penalties: NDArray[np.float64]
    gradient_norms: NDArray[np.float64]
    refused_at: Array | None = field(default=None, kw_only=True)

    def __len__(self) -> int:
        return len(self.losses)


@dataclass(frozen=True, eq=False)
class State:
    """All that a session knows between two steps.

    Attributes
    ----------
    parameters : array (n,)
        The parameter vector, in the order of `clearprop.model.parameter_shapes`.
    slots : dict of str to array (n,)
        The update rule's memory, by the names in its equations.
    step : int
        Steps taken so far.
    """

    parameters: Array
    slots: dict[str, Array] = field(default_factory=dict)
    step: int = 0


ShareOf = Callable[[Array, Array, int], tuple[Share, float]]
"""From parameters (n,), the numbers of a batch's rows and the steps taken so far to its share and its total weight."""


@runtime_checkable
class Along(Protocol):
    """A session whose steps may also be taken along gradients of D that somebody else computes."""

    def run_along(self, share_of: ShareOf, order: Order, learning_rates: Array) -> Steps:
        """Take one step per batch as `Session.run` does; the penalty, the rule and all that follows are the session's.

        For rules that take the gradient at the parameters; the array that `share_of` is given is written over.
        """
        ...


class Session(Protocol):
    """One network being computed. X is (batch, n_columns), Y (batch, n_out) or class indices, weights (batch,)."""

    @property
    def rounding(self) -> float:
        """Relative rounding unit of the coarsest arithmetic in it: `Precision.rounding`."""
        ...

    def predict(self, X: Array) -> Array:
        """Return a[L] (batch, n_out), without dropout."""
        ...

    def trace(self, X: Array, Y: Array, weights: Array | None = None) -> Trace:
        """Return every array of this batch at the session's parameters, with the dropout masks of the current step.

        Changes nothing.
        """
        ...

    def gradients(self, X: Array, Y: Array, weights: Array | None = None) -> tuple[float, Parameters]:
        """Return J and its gradient, as `trace` would, without keeping a trace."""
        ...

    def run(self, X: Array, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        """Take one step per batch of the order; stop BEFORE a step whose J or gradient is not finite.

        Parameters
        ----------
        learning_rates : float64 array (len(order),)
        """
        ...

    def get_state(self) -> State:
        """Return a copy of the state."""
        ...

    def set_state(self, state: State) -> None:
        """Continue from that state."""
        ...


class Engine(Protocol):
    """Who computes."""

    name: str

    def missing(self) -> str | None:
        """Return why it is not to be had on this machine and how to get it, or None where it is here."""
        ...

    def why_not(self, request: Request) -> str | None:
        """Return what of this an engine that is here cannot do, or None if it can do all of it."""
        ...

    def open(self, request: Request, parameters: Parameters, seed: int) -> Session:
        """Open a session that starts from a copy of the parameters, in the precision asked for.

        Raises
        ------
        EngineCannot
            If `missing` or `why_not` has an answer.
        """
        ...
