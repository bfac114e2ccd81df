"""Backpropagation with mistakes in it: the equations of `clearprop.equations.backprop`, open at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.backprop import masked
from clearprop.equations.inputs import embedding_gradients
from clearprop.equations.objective import output_delta
from clearprop.equations.penalties import penalty_gradient
from clearprop.model import Trace, as_lists

Array = NDArray[Any]


@dataclass(frozen=True)
class Where:
    """What is known at the step a mistake happens in: the trace, the layer, and what the step was computed from."""

    trace: Trace
    l: int
    upstream: Any = None
    delta: Any = None
    name: str = ""


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

    network, L = trace.network, trace.network.L
    scales = with_mistakes("scales", trace.scales, Where(trace, L))
    last = output_delta(network.objective.loss, network.f[-1], trace.z[-1], trace.a[-1], trace.Y, scales)
    delta: list[Any] = [None] * L + [with_mistakes("output", last, Where(trace, L, upstream=scales))]

    def from_above(l: int) -> Array:
        W = with_mistakes("weights above", trace.parameters[f"W{l + 1}"], Where(trace, l + 1))
        upstream: Array = masked(delta[l + 1] @ W.T, trace.mask[l])
        return upstream

    for l in range(L - 1, 0, -1):
        upstream = from_above(l)
        right = network.f[l].pullback(trace.z[l], trace.a[l], upstream)
        delta[l] = with_mistakes("delta", right, Where(trace, l, upstream))
    found: dict[str, Array] = {f"delta{l}": delta[l] for l in range(1, L + 1)}
    for l in range(1, L + 1):
        x = with_mistakes("input", masked(trace.a[l - 1], trace.mask[l - 1]), Where(trace, l))
        dW = with_mistakes("dW", x.T @ delta[l], Where(trace, l, delta=delta[l]))
        found[f"dW{l}"] = dW + with_mistakes("penalty", _penalty(trace, "W", l), Where(trace, l, name=f"W{l}"))
        if network.layers[l - 1].bias:
            db = with_mistakes("db", np.sum(delta[l], axis=0), Where(trace, l, delta=delta[l]))
            found[f"db{l}"] = db + with_mistakes("penalty", _penalty(trace, "b", l), Where(trace, l, name=f"b{l}"))
    inputs, E = network.inputs, as_lists(network, trace.parameters)[2]
    dE = embedding_gradients(trace.X, inputs.n_numeric, inputs.categories, E, upstream=lambda: from_above(0))
    return found | {f"dE{k}": gradient for k, gradient in enumerate(dE) if gradient is not None}


def _penalty(trace: Trace, kind: str, l: int) -> Array:
    """Return ∂R/∂W[l] or ∂R/∂b[l]."""
    objective, values = trace.network.objective, trace.parameters[f"{kind}{l}"]
    if kind == "b" and not objective.penalize_bias:
        return np.zeros_like(values)
    slope: Array = penalty_gradient(values, *objective.strengths(trace.weights))
    return slope
