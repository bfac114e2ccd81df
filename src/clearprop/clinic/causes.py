"""Likely causes of a divergence, in the order they are looked for: first what is broken, then what is large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from clearprop.model import Trace
from clearprop.training import Divergence

FAR_FROM_ONE = 1e6  # of the mean weight of a row
LARGE = 100.0  # of an input or target; standardised ones stay below 10
_CAREFUL_RATE = 1e-3  # what Adam starts from, and small enough for plain gradient descent on standardised rows


@dataclass(frozen=True)
class Cause:
    """Why a run diverged, probably, and one change of one parameter.

    Attributes
    ----------
    name : str
    says : str
        With its evidence in numbers, without a full stop.
    parameter, now, instead : str
        What to change, its value, and the one to try.
    """

    name: str
    says: str
    parameter: str
    now: str
    instead: str


def find_cause(trace: Trace, found: Divergence, names: Sequence[str]) -> Cause:
    """Return the first cause that the numbers speak for; a learning rate too large if none does."""
    for looks_for in _CAUSES:
        cause = looks_for(trace, found, names)
        if cause is not None:
            return cause
    return _learning_rate(found)


def _broken_input(trace: Trace, found: Divergence, names: Sequence[str]) -> Cause | None:
    bad = np.argwhere(~np.isfinite(trace.X))
    if not len(bad):
        return None
    row, column = bad[0]
    value, name = trace.X[row, column], names[column]
    return Cause("broken_input", f"column {name!r} holds {value}", name, f"{value}", "a finite value, or no such row")


def _broken_target(trace: Trace, found: Divergence, names: Sequence[str]) -> Cause | None:
    bad = trace.Y[~np.isfinite(trace.Y)]
    if not len(bad):
        return None
    return Cause("broken_target", f"a target is {bad[0]}", "y", f"{bad[0]}", "a finite value, or no such row")


def _huge_penalty(trace: Trace, found: Divergence, names: Sequence[str]) -> Cause | None:
    """Gradient descent on ½ l2 W² alone multiplies W by 1 − η l2 in every step: it grows where η l2 > 2."""
    objective = trace.network.objective
    _, l2 = objective.strengths(trace.weights)
    if found.learning_rate is None or found.learning_rate * l2 <= 2 or objective.l2 * _CAREFUL_RATE < 1e-3:
        return None
    says = (
        f"the penalty alone is unstable: every step multiplies the weights by 1 − learning_rate · l2 = "
        f"{1 - found.learning_rate * l2:.3g}"
    )
    return Cause(
        "huge_penalty", says, "l2", f"{objective.l2:g}", f"{0.1 * objective.l2 / (found.learning_rate * l2):.1g}"
    )


def _unscaled_input(trace: Trace, found: Divergence, names: Sequence[str]) -> Cause | None:
    numbers = trace.X[:, : trace.network.inputs.n_numeric].astype(np.float64)
    if not numbers.size or np.max(np.abs(numbers)) < LARGE:
        return None
    column = int(np.argmax(np.max(np.abs(numbers), axis=0)))
    values = numbers[:, column]
    return Cause(
        "unscaled_input",
        f"column {names[column]!r} is not standardised: it reaches {values[np.argmax(np.abs(values))]:g}",
        names[column],
        f"mean {np.mean(values):.3g}, deviation {np.std(values):.3g}",
        "mean 0, deviation 1 (standardise)",
    )


def _huge_target(trace: Trace, found: Divergence, names: Sequence[str]) -> Cause | None:
    largest = float(np.max(np.abs(trace.Y)))
    if largest < LARGE:
        return None
    says = f"targets reach {largest:g}, so the first errors and gradients are as large"
    deviation = largest * float(np.std(trace.Y / largest))  # the squares of Y themselves might overflow
    return Cause("huge_target", says, "y", f"up to {largest:g}", f"y / {deviation or largest:.2g}")


def _weights_of_rows(trace: Trace, found: Divergence, names: Sequence[str]) -> Cause | None:
    """Weights far from 1 act on all that is not divided by their sum, and on a penalty that is."""
    mean = float(np.mean(trace.weights.astype(np.float64)))
    if not 0 < mean or 1 / FAR_FROM_ONE < mean < FAR_FROM_ONE:
        return None
    objective, says = trace.network.objective, f"the rows weigh {mean:.3g} on the average, far from 1"
    if objective.penalty_per_row and (objective.l1 or objective.l2):
        says += f", so that the penalty, which is divided by their sum, is {1 / mean:.3g} times what it says"
    return Cause("weights_of_rows", says, "sample_weight", f"mean {mean:.3g}", f"sample_weight / {mean:.3g}")


def _first_weights(trace: Trace, found: Divergence, names: Sequence[str]) -> Cause | None:
    """Before the first step only the weights it began with can be to blame."""
    if trace.step > 0:
        return None
    weights = (slot.name for slot in trace.network.slots if slot.kind == "weight")
    W = {name: float(np.max(np.abs(trace.parameters[name]))) for name in weights}
    name, largest = max(W.items(), key=lambda item: item[1])
    return Cause(
        "first_weights", f"no step was taken, and {name} starts with weights up to {largest:.3g}", f"init of {name}",
        f"up to {largest:.3g}", '"auto"',
    )  # fmt: skip


def _exp_overflow(trace: Trace, found: Divergence, names: Sequence[str]) -> Cause | None:
    """An exp in the network makes of a z that is merely large an a that is not finite."""
    for l, layer in enumerate(trace.network.layers, start=1):
        z, a = trace.z[l], trace.a[l]
        assert z is not None
        if layer.activation == "exp" and np.isfinite(z).all() and not np.isfinite(a).all():
            says = f"exp overflows in layer {l}, where z reaches {float(np.max(z)):.4g}"
            return Cause("exp_overflow", says, f"activation of layer {l}", '"exp"', '"softplus"')
    return None


def _learning_rate(found: Divergence) -> Cause:
    now = found.learning_rate or 0.0  # a batch solver has none, and ends before its first step or not at all
    return Cause(
        "learning_rate", "the learning rate is too large: steps overshoot, each further than the one before",
        "learning_rate", f"{now:g}", f"{min(now / 10, _CAREFUL_RATE):g}",
    )  # fmt: skip


_CAUSES: tuple[Callable[[Trace, Divergence, Sequence[str]], Cause | None], ...] = (
    _broken_input,
    _broken_target,
    _unscaled_input,
    _huge_target,
    _weights_of_rows,
    _huge_penalty,
    _first_weights,
    _exp_overflow,
)
