"""Slots: what every array in a parameter vector is, so that nobody has to read it off a name.

A network makes its slots once; whoever needs the weights alone, the layer of an array, or what decays, asks them.
All functions here take any leading axes: k networks are one array (k, n).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from clearprop.equations._arrays import Array, namespace


@dataclass(frozen=True)
class Slot:
    """One array in the parameter vector.

    Attributes
    ----------
    name : str
        What users call it: "W1", "b1", "E1".
    kind : {"weight", "bias", "stage"}
        What it is for; "stage" belongs to an input stage.
    shape : tuple of int
    index : int
        The layer l, or the number k of the stage.
    penalised : bool
        Whether the penalty R counts it.
    decays : bool
        Whether an update rule's weight decay is for it.
    trainable : bool
        False where its layer is frozen.
    learning_rate : float
        Factor on the learning rate.
    max_norm : float or None
        Limit on the norm of each column, restored after every update.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    index: int = 0
    penalised: bool = False
    decays: bool = False
    trainable: bool = True
    learning_rate: float = 1.0
    max_norm: float | None = None

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def axes(self) -> tuple[int, ...]:
        """Its own axes, counted from the last: all but the leading ones."""
        return tuple(range(-len(self.shape), 0))


Slots = Sequence[Slot]


def places(slots: Slots) -> Iterator[tuple[Slot, slice]]:
    """Yield every slot with its place in the vector."""
    for slot, end in zip(slots, accumulate(slot.size for slot in slots), strict=True):
        yield slot, slice(end - slot.size, end)


def split(slots: Slots, w: Array) -> dict[str, Array]:
    """Return the arrays (..., *shape) of a vector w (..., n) by name."""
    xp = namespace(w)
    return {slot.name: xp.reshape(w[..., place], (*w.shape[:-1], *slot.shape)) for slot, place in places(slots)}


def join(slots: Slots, arrays: Mapping[str, Array]) -> Array:
    """Return the vector (..., n) of the arrays (..., *shape)."""
    flat = []
    for slot in slots:
        array = arrays[slot.name]
        leading = array.shape[: array.ndim - len(slot.shape)]
        flat.append(namespace(array).reshape(array, (*leading, slot.size)))
    return namespace(*flat).concat(flat, axis=-1)


def each_number(slots: Slots, value: Callable[[Slot], Any], dtype: DTypeLike) -> NDArray[Any]:
    """Return a vector (n,) with the slot's value for each of its numbers."""
    return np.repeat(np.array([value(slot) for slot in slots], dtype), [slot.size for slot in slots])


def as_lists(slots: Slots, arrays: Mapping[str, Array]) -> tuple[list[Array], list[Array]]:
    """Return the lists W and b of the equations: entry l is that of layer l; None for entry 0 and a missing bias."""
    W: list[Array] = [None]
    b: list[Array] = [None]
    for slot in slots:
        if slot.kind == "weight":
            W.append(arrays[slot.name])
            b.append(None)
        elif slot.kind == "bias":
            b[slot.index] = arrays[slot.name]
    return W, b


def by_name(slots: Slots, W: Sequence[Array], b: Sequence[Array], stages: Mapping[str, Array]) -> dict[str, Array]:
    """Return what belongs to the weights and biases, as lists, and to the stages, all by the slots' names."""
    lists = {"weight": W, "bias": b}
    return {slot.name: stages[slot.name] if slot.kind == "stage" else lists[slot.kind][slot.index] for slot in slots}
