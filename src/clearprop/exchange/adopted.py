"""Adopted: a foreign network as one of ours: layers, what they answer, classes in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.errors import ReaderCannot, UsageError
from clearprop.exchange.fold import Folded, fold
from clearprop.exchange.foreign import Array, Asks, Foreign, require_finite

_YES_OR_NO = ("sigmoid", "cut_sigmoid")


@dataclass(frozen=True, eq=False)
class Adopted:
    """A foreign network, folded.

    Attributes
    ----------
    layers : list of Folded
        In the precision that they are to have.
    asks : {"class", "labels", "numbers"}
    labels : tuple
        The classes, sorted; empty for numbers.
    columns : tuple of str or None
    settings : mapping
        Of the tool's training, in scikit-learn's words.
    notes : tuple of str
    """

    tool: str
    layers: list[Folded]
    asks: Asks
    labels: tuple[Any, ...]
    columns: tuple[str, ...] | None
    settings: Mapping[str, Any]
    notes: tuple[str, ...]


def adopt_foreign(foreign: Foreign, task: str | None = None, classes: Sequence[Any] | None = None) -> Adopted:
    """Return a foreign network as one of ours.

    Parameters
    ----------
    foreign : Foreign
    task : {"class", "labels", "numbers"}, optional
        What the outputs are, where the tool does not say or something else is wanted.
    classes : sequence, optional
        The class of each output, or the two of a single output.

    Raises
    ------
    ReaderCannot
        If the outputs cannot be what is asked.
    """
    layers = fold(foreign)
    asks = _task(foreign, layers, task, classes)
    layers = _answering(layers, asks, foreign)
    labels: tuple[Any, ...] = ()
    if asks != "numbers":
        layers, labels = _sorted(layers, asks, _labels(foreign, layers, asks, classes))
    dtype, notes = np.dtype(foreign.dtype), list(foreign.notes)
    if not all(_holds(dtype, array) for layer in layers for array in (layer.W, layer.b)):
        dtype = np.dtype(np.float64)
        notes.append("with its scalings folded in, its weights need more digits than float32 has: it is in float64.")
    layers = [replace(layer, W=layer.W.astype(dtype), b=layer.b.astype(dtype)) for layer in layers]
    for l, layer in enumerate(layers, start=1):
        require_finite(f"layer {l} in {dtype}", layer.W, layer.b)
    return Adopted(foreign.tool, layers, asks, labels, _columns(foreign, layers), foreign.settings, tuple(notes))


def _holds(dtype: np.dtype[Any], array: Array) -> bool:
    """Whether a precision has every number of an array."""
    with np.errstate(over="ignore"):
        return bool(np.array_equal(array, array.astype(dtype)))


_TASKS: dict[str, Asks] = {"class": "class", "labels": "labels", "numbers": "numbers"}


def _task(foreign: Foreign, layers: list[Folded], task: str | None, classes: Any) -> Asks:
    """Return what the outputs are: as asked, as the tool says, or as the last activation suggests."""
    if task is not None:
        if task not in _TASKS:
            raise UsageError(f'task must be "class", "labels" or "numbers", got {task!r}.')
        return _TASKS[task]
    if classes is not None:
        return "labels" if foreign.asks == "labels" else "class"
    if foreign.asks is not None:
        return foreign.asks
    last = layers[-1]
    if last.f == "softmax":
        return "class"
    if _both(layers):
        return "class"
    if last.f == "sigmoid":
        return "class" if len(last.b) == 1 else "labels"
    return "numbers"


def _answering(layers: list[Folded], asks: Asks, foreign: Foreign) -> list[Folded]:
    """Return the layers with outputs of the form that clearprop's estimators have for the task."""
    last = layers[-1]
    if asks == "numbers":
        return layers
    if asks == "labels":
        f = "sigmoid" if last.f == "identity" else last.f
        if f not in _YES_OR_NO:
            raise ReaderCannot(f"labels need outputs through a sigmoid, the last layer of this {foreign.tool} has {f}.")
        return [*layers[:-1], replace(last, f=f)]
    if _both(layers):
        return [*layers[:-2], _flipped(layers[-2]) if last.W[0, 0] > 0 else layers[-2]]
    if len(last.b) == 1:
        if last.f not in ("identity", *_YES_OR_NO):
            raise ReaderCannot(
                f'one output through {last.f} is no probability of a class; adopt it with task="numbers", or give the '
                "class to rows by a threshold of your own."
            )
        return [*layers[:-1], replace(last, f="sigmoid" if last.f == "identity" else last.f)]
    if last.f not in ("identity", "softmax"):
        raise ReaderCannot(
            f"{len(last.b)} outputs through {last.f} are no probabilities of {len(last.b)} classes; adopt it with "
            'task="numbers" and take the largest, or with task="labels" where each output is a question by itself.'
        )
    if len(last.b) == 2:
        return [*layers[:-1], replace(last, W=last.W[:, 1:] - last.W[:, :1], b=last.b[1:] - last.b[:1], f="sigmoid")]
    return [*layers[:-1], replace(last, f="softmax")]


def _both(layers: list[Folded]) -> bool:
    """Whether the last layer only makes 1 − p and p, in either order, of one probability p."""
    if len(layers) < 2 or layers[-2].f not in _YES_OR_NO or layers[-1].f != "identity" or layers[-1].W.shape != (1, 2):
        return False
    W, b = layers[-1].W[0].tolist(), layers[-1].b.tolist()
    return (W, b) in (([-1.0, 1.0], [1.0, 0.0]), ([1.0, -1.0], [0.0, 1.0]))


def _flipped(layer: Folded) -> Folded:
    """Return the layer whose sigmoid is the probability of the other class."""
    return replace(layer, W=-layer.W, b=-layer.b)


def _labels(foreign: Foreign, layers: list[Folded], asks: Asks, classes: Any) -> tuple[Any, ...]:
    n = len(layers[-1].b)
    n = 2 if n == 1 and asks == "class" else n
    labels = tuple(classes) if classes is not None else foreign.labels or tuple(range(n))
    if len(labels) != n or len(set(labels)) != n or len({type(label) for label in labels}) > 1:
        raise UsageError(f"the outputs need {n} different classes, all of one type, got {list(labels)!r}.")
    return labels


def _sorted(layers: list[Folded], asks: Asks, labels: tuple[Any, ...]) -> tuple[list[Folded], tuple[Any, ...]]:
    """Return the layers with the outputs in the order of sorted classes, which scikit-learn's estimators keep."""
    order = sorted(range(len(labels)), key=lambda k: labels[k])
    if asks == "labels" or order == list(range(len(labels))):
        return layers, labels
    *others, last = layers
    last = _flipped(last) if len(last.b) == 1 else replace(last, W=last.W[:, order], b=last.b[order])
    return [*others, last], tuple(labels[k] for k in order)


def _columns(foreign: Foreign, layers: list[Folded]) -> tuple[str, ...] | None:
    n = len(layers[0].W)
    if foreign.columns is None or len(foreign.columns) != n or len(set(foreign.columns)) != n:
        return None
    return foreign.columns
