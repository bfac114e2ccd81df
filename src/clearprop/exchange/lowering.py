"""From a trained model to a program: columns, the network's stage 0 and layers, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.passing import Passing
from clearprop.equations.stages import Staircase
from clearprop.errors import UsageError
from clearprop.exchange.deployed import Answer, Deployed
from clearprop.model import Inputs, Network, Parameters
from clearprop.model.parameters import as_lists
from clearprop.program import (
    Above,
    Activate,
    Clip,
    Complement,
    Dense,
    InBins,
    Join,
    Kind,
    Label,
    Look,
    Mean,
    Numbers,
    OneHot,
    Program,
    Round,
    Standardise,
    Step,
    Unscale,
)
from clearprop.tables import Schema

Array = NDArray[Any]

ENDS = ("", " low", " high")
"""What the names of a number and of the ends of its interval end with."""
BEYOND = 1e300
"""More than any number an answer has."""


def lower(deployed: Deployed) -> Program:
    """Return the program that computes what the model predicts."""
    network, members = deployed.network, deployed.members
    precision: Kind = "float32" if members[0].vector.dtype.itemsize == 4 else "float64"
    X = _columns(deployed.columns, precision)
    answers = tuple(_layers(network, one, _stage0(network, one, X, precision)) for one in members)
    return lower_answer(deployed.answer, answers[0] if len(answers) == 1 else Mean(answers))


@dataclass(frozen=True)
class _Columns:
    """The columns of X in the network's precision: a row of numbers, if there are any, places among bins, and codes."""

    numbers: list[Step]
    places: list[Step]
    codes: list[Step]


def _columns(columns: Schema | tuple[str, ...], precision: Kind) -> _Columns:
    if isinstance(columns, tuple):
        return _Columns([Numbers(columns, "float32" if precision == "float32" else "float64")], [], [])
    made = [(column.kind, column.steps()) for column in columns.columns]
    numbers = [step for kind, steps in made if kind != "category" for step in steps if not isinstance(step, InBins)]
    places = [_rounded(step, precision) for _, steps in made for step in steps if isinstance(step, InBins)]
    codes = [step for kind, steps in made if kind == "category" for step in steps]
    return _Columns([_rounded(_joined(numbers), precision)] if numbers else [], places, codes)


def _stage0(network: Network, parameters: Parameters, X: _Columns, precision: Kind) -> Step:
    """Return a[0]."""
    stairs = [stage for stage in network.inputs.stages if isinstance(stage, Staircase)]
    others = [stage for stage in network.inputs.stages if not isinstance(stage, Staircase)]
    if len(stairs) != len(X.places) or not (others and Inputs(stages=others).plain):
        can = "numbers, one-hot codes, embeddings, and the bins of a table"
        raise UsageError(f"{can} can be exported, not the stages of {network.inputs}.")
    rises = [step for place, stage in zip(X.places, stairs, strict=True) for step in _rises(place, stage)]
    coded = [part for part in network.stage.parts if part.stage.n_codes]
    rows: list[Step] = [
        Look(code, parameters[part.names["E"]]) if part.names else OneHot(code, part.stage.n_codes, precision)
        for code, part in zip(X.codes, coded, strict=True)
    ]
    return _joined([*X.numbers, *rises, *rows])


def _rises(place: Step, stage: Staircase) -> list[Step]:
    """Return how far each bin is filled."""
    return [Clip(Standardise(place, float(b), 1.0), 0.0, 1.0) for b in range(stage.bins)]


def _layers(network: Network, parameters: Parameters, a: Step) -> Step:
    """Return a[L]."""
    W, b = as_lists(network, parameters)
    for l, layer in enumerate(network.layers, start=1):
        if isinstance(layer.f, Passing):
            a = _beside(a, W[l], b[l], layer.f)
            continue
        a = Dense(a, W[l], b[l])
        if layer.activation != "identity":
            a = Activate(a, layer.f)
    return a


def _beside(a: Step, W: Array, b: Array | None, f: Passing) -> Step:
    """Return the units that have f, and those that pass z on, as two dense steps side by side."""
    n = W.shape[1] - f.passing
    parts = [
        Dense(a, np.ascontiguousarray(W[:, part]), None if b is None else b[part])
        for part in (slice(n), slice(n, None))
        if W[:, part].size
    ]
    return Join((Activate(parts[0], f.f), *parts[1:])) if n > 0 else parts[0]


def lower_answer(answer: Answer, a: Step) -> Program:
    """Return the program that turns outputs a[L] into the answer."""
    names = tuple(str(label) for label in answer.labels)
    if answer.asks == "numbers":
        if answer.reach is not None:
            return Program(_with_interval(answer, answer.reach, a), tuple(f"{names[0]}{end}" for end in ENDS))
        plain = (answer.mean, answer.scale) == (0.0, 1.0)
        numbers = a if plain else Unscale(a, answer.mean, answer.scale)
        if answer.low is not None and answer.high is not None:
            numbers = Clip(numbers, answer.low, answer.high)
        return Program(numbers, names)
    if answer.asks == "labels":
        return Program(a, names, Above(a))
    probabilities = Complement(a) if a.width == 1 and len(names) == 2 else a
    return Program(probabilities, names, Label(probabilities, answer.labels))


def _with_interval(answer: Answer, reach: float, a: Step) -> Step:
    """Return the number, and the ends of its interval, which may lie beyond the limits of numbers, and hold it."""
    shift = reach * answer.scale
    number, low, high = (Unscale(a, answer.mean + away, answer.scale) for away in (0.0, -shift, shift))
    if answer.low is None or answer.high is None:
        return Join((number, low, high))
    limited = Clip(number, answer.low, answer.high)
    return Join((limited, Clip(low, -BEYOND, answer.high), Clip(high, answer.low, BEYOND)))


def _joined(parts: Sequence[Step]) -> Step:
    return parts[0] if len(parts) == 1 else Join(tuple(parts))


def _rounded(step: Step, precision: Kind) -> Step:
    return step if step.kind == precision else Round(step, precision)
