"""Backpropagation with mistakes in it: the equations of `clearprop.equations.backprop`, open at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.equations import backprop
from clearprop.equations.activations import Activation
from clearprop.equations.objective import output_delta
from clearprop.equations.penalties import penalty_gradient
from clearprop.equations.slots import Slot, by_name
from clearprop.model import Trace, as_lists

Array = NDArray[Any]


@dataclass(frozen=True)
class Where:
    """What is known at the step a mistake happens in: the trace, the layer, and what the step was computed from."""

    trace: Trace
    l: int
    upstream: Any = None
    delta: Any = None
    slot: Slot | None = None


@dataclass(frozen=True)
class Mistake:
    """A classic mistake: what it does to one step of the computation.

    Attributes
    ----------
    name : str
    says : str
        The mistake, in a sentence without its full stop.
    with_half : str
        What is said instead where the loss has a ½.
    equation : str
        The equation it breaks, as it should be.
    step : {"scales", "output", "weights above", "delta", "input", "dW", "db", "penalty"}
        The step whose result it changes.
    change : callable
        From (right result, Where) to the wrong one; returns the right one where the mistake cannot be made.
    """

    name: str
    says: str
    equation: str
    step: str
    change: Callable[[Any, Where], Any]
    with_half: str = ""


def mistaken(trace: Trace, mistakes: Sequence[Mistake], layer: int | None = None) -> dict[str, Array]:
    """Return every delta, dW, db and dE, by name, computed with the mistakes (none: the right ones).

    The equations are those every engine calls; what goes into them, and what comes out, is changed.

    Parameters
    ----------
    layer : int, optional
        The only layer in which they are made; all of them if left out.
    """

    def with_mistakes(step: str, result: Any, where: Where) -> Any:
        if layer is not None and where.l != layer:
            return result
        for mistake in mistakes:
            if mistake.step == step:
                result = mistake.change(result, where)
        return result

    faulty = _Faulty(trace, with_mistakes)
    scales = with_mistakes("scales", trace.scales, Where(trace, trace.network.L))
    network = trace.network
    last = output_delta(network.objective.loss, network.f[-1], trace.z[-1], trace.a[-1], trace.Y, scales)
    delta = faulty.deltas(with_mistakes("output", last, Where(trace, network.L, upstream=scales)))
    return {f"delta{l}": delta[l] for l in range(1, network.L + 1)} | faulty.gradients(delta)


@dataclass(frozen=True)
class _Faulty:
    """The backward pass of a trace, through ingredients with mistakes in them."""

    trace: Trace
    with_mistakes: Callable[[str, Any, Where], Any]

    @cached_property
    def _weights(self) -> list[Any]:
        W, _ = as_lists(self.trace.network, self.trace.parameters)
        return [None, *(self.with_mistakes("weights above", W[l], Where(self.trace, l)) for l in range(1, len(W)))]

    def deltas(self, last: Array) -> list[Any]:
        trace = self.trace
        f = [_FaultyActivation(f, l, self) for l, f in enumerate(trace.network.f)]
        return backprop.backward(last, trace.z, trace.a, self._weights, f, trace.mask)  # type: ignore[arg-type]  # of an activation it asks for the pullback alone

    def gradients(self, delta: list[Any]) -> dict[str, Array]:
        trace, network = self.trace, self.trace.network
        _, b = as_lists(network, trace.parameters)
        x = [backprop.masked(a, mask) for a, mask in zip(trace.a, trace.mask, strict=True)]
        seen = [self.with_mistakes("input", x[l], Where(trace, l + 1)) for l in range(network.L)]
        dW, db = backprop.gradients(seen, delta, b, [None] * network.L)
        of_stages: dict[str, Array] = {}
        if network.stage.slots:
            upstream = backprop.input_gradient(delta, self._weights, trace.mask)
            of_stages = network.stage.pullback(trace.X, trace.parameters, upstream)
        right = by_name(network.slots, dW, db, of_stages)
        return {f"d{slot.name}": self._with_penalty(slot, right[slot.name], delta) for slot in network.slots}

    def _with_penalty(self, slot: Slot, gradient: Array, delta: list[Any]) -> Array:
        if slot.kind == "stage":
            return gradient
        step = "dW" if slot.kind == "weight" else "db"
        gradient = self.with_mistakes(step, gradient, Where(self.trace, slot.index, delta=delta[slot.index], slot=slot))
        penalty = self.with_mistakes("penalty", _penalty(self.trace, slot), Where(self.trace, slot.index, slot=slot))
        changed: Array = gradient + penalty
        return changed


@dataclass(frozen=True)
class _FaultyActivation:
    """An activation whose pullback makes mistakes."""

    f: Activation
    l: int
    pass_: _Faulty

    def pullback(self, z: Array, a: Array, upstream: Array) -> Array:
        where = Where(self.pass_.trace, self.l, upstream)
        changed: Array = self.pass_.with_mistakes("delta", self.f.pullback(z, a, upstream), where)
        return changed


def _penalty(trace: Trace, slot: Slot) -> Array:
    """Return ∂R/∂ of that parameter."""
    objective, values = trace.network.objective, trace.parameters[slot.name]
    if not slot.penalised:
        return np.zeros_like(values)
    slope: Array = penalty_gradient(values, *objective.strengths(trace.weights))
    return slope
