"""Trace: every array of one batch, forward and backward, under the names of the equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.cells import Cell, Shown, number
from clearprop.equations.slots import Slot
from clearprop.equations.step import Batch, pull_back
from clearprop.errors import unknown_name
from clearprop.model.names import Names
from clearprop.model.network import Network
from clearprop.model.parameters import Parameters, joined
from clearprop.model.trace_table import table_of

Array = NDArray[Any]

_ROWS, _NUMBERED = "rows", "numbered"
_Axis = int | str  # the units of a layer, the rows, or nothing that has names


@dataclass(frozen=True, eq=False)
class Trace(Shown):
    """What one forward and backward pass computed; the network is untouched.

    Lists start at 0 = the input, so ``l`` is the same layer in each; an entry that does not exist is None.

    Attributes
    ----------
    network : Network
    parameters : Parameters
        A copy of those the pass was run with.
    X : array (batch, n_columns)
    Y : array (batch, n_out)
        The targets as rows.
    weights, scales : array (batch,)
        Sample weights w_n, and the factor each row has in D.
    losses : array (batch,)
        ℓ of each row.
    D, R, J : float
        Data term, penalty, and their sum.
    z, a, delta : list of array (batch, n) or None
        z[0] and delta[0] are None.
    mask : list of array (batch, n) or None
        mask[l] is the dropout mask on a[l], the input of layer l+1; None where nothing is dropped.
    gradients : dict of str to array
        ∂J/∂ of every parameter by its name, the penalty's part included: those of layers and of input stages.
    dW : list of array (n_in, n_out) or None
        ∂J/∂W[l].
    db : list of array (n_out,) or None
        ∂J/∂b[l].
    step : int
        Steps taken before this pass; with the seed it determines the masks.
    names : Names
        What the rows and columns stand for.
    """

    network: Network
    parameters: Parameters
    X: Array
    Y: Array
    weights: Array
    scales: Array
    losses: Array
    D: float
    R: float
    z: list[Array | None]
    a: list[Array]
    delta: list[Array | None]
    mask: list[Array | None]
    gradients: Mapping[str, Array]
    step: int = 0
    names: Names = field(default_factory=Names)

    @property
    def J(self) -> float:
        """The objective, D + R."""
        return self.D + self.R

    @property
    def dW(self) -> list[Array | None]:
        return self._by_layer("weight")

    @property
    def db(self) -> list[Array | None]:
        return self._by_layer("bias")

    @property
    def gradient(self) -> Parameters:
        """∂J/∂ of every parameter, named as the parameters are."""
        return self.parameters.over(joined(self.network, self.gradients))

    def pull_back(self, delta_L: Array) -> dict[str, Array]:
        """Return Σ_n delta_L[n] ∂z[L][n]/∂ of every parameter, by name, from any delta of the last layer."""
        batch = Batch(self.X, self.Y, self.weights, self.mask)
        _, gradients = pull_back(self.network, self.parameters, batch, self.z, self.a, delta_L)
        return gradients

    def arrays(self) -> Mapping[str, Array]:
        """Return every array under its name: "a0", "z1", "delta2", "dW1", "mask0", "losses" ..."""
        return {name: array for name, array, _ in self._named()}

    def __getitem__(self, name: str) -> Array:
        arrays = self.arrays()
        if name not in arrays:
            raise KeyError(str(unknown_name("array", name, arrays)))
        return arrays[name]

    def axes(self, name: str) -> tuple[list[str], ...]:
        """Return the names along each axis of an array: ``axes("W1")`` are the inputs and the units of layer 1.

        Raises
        ------
        KeyError
            If the trace has no array of that name.
        """
        array, kinds = self[name], {name: axes for name, _, axes in self._named()}[name]
        return tuple(self._names_along(axis, n) for axis, n in zip(kinds, array.shape, strict=True))

    def _named(self) -> Iterator[tuple[str, Array, tuple[_Axis, ...]]]:
        """Yield every array with its name and what lies along its axes."""
        yield "X", self.X, (_NUMBERED, _NUMBERED)
        yield "Y", self.Y, (_ROWS, self.network.L)
        yield "weights", self.weights, (_ROWS,)
        yield "losses", self.losses, (_ROWS,)
        for slot in self.network.slots:
            yield slot.name, self.parameters[slot.name], _axes_of(slot)
        for name in ("z", "a", "mask", "delta"):
            for l, array in enumerate(getattr(self, name)):
                if array is not None:
                    yield f"{name}{l}", array, (_ROWS, l)
        for slot in self.network.slots:
            yield f"d{slot.name}", self.gradients[slot.name], _axes_of(slot)

    def _names_along(self, axis: _Axis, n: int) -> list[str]:
        if isinstance(axis, int):
            return self.names.units(self.network, axis)
        return self.names.samples(n) if axis == _ROWS else [str(i) for i in range(n)]

    def _by_layer(self, kind: str) -> list[Array | None]:
        found: list[Array | None] = [None] * (self.network.L + 1)
        for slot in self.network.slots:
            if slot.kind == kind:
                found[slot.index] = self.gradients[slot.name]
        return found

    def groups(self) -> Iterator[tuple[str, dict[str, Array]]]:
        """Yield a title and the arrays of the input, of every layer, of the input's parameters, and of the loss."""
        arrays, network = self.arrays(), self.network
        yield "input", {name: arrays[name] for name in ("X", "a0", "Y") if name in arrays}
        for l, layer in enumerate(network.layers, start=1):
            dropped = f", dropout {layer.dropout:g} of its input" if layer.dropout else ""
            own = [slot.name for slot in network.slots if slot.kind != "stage" and slot.index == l]
            order = (f"mask{l - 1}", *own, f"z{l}", f"a{l}", f"delta{l}", *(f"d{name}" for name in own))
            title = f"layer {l}: {network.sizes[l - 1]} → {layer.units}, {layer.activation}{dropped}"
            yield title, {name: arrays[name] for name in order if name in arrays}
        trained = [slot.name for slot in network.stage.slots]
        if trained:
            yield "embeddings", {name: arrays[name] for name in (*trained, *(f"d{name}" for name in trained))}
        yield "loss", {"losses": self.losses}

    @property
    def title(self) -> str:
        """What was traced, and J, in one line."""
        sizes = " – ".join(map(str, self.network.sizes))
        J, D, R = map(number, (self.J, self.D, self.R))
        rows = "1 row" if len(self.X) == 1 else f"{len(self.X)} rows"
        return f"Trace of {rows} through {sizes}: J = {J} = D {D} + R {R}"

    def as_cell(self) -> Cell:
        """Return a table of every array."""
        return Cell(self.title, [table_of(self.groups())])

    def __repr__(self) -> str:
        return f"<{self.title}>"

    def save(self, path: str) -> None:
        """Write all arrays to an .npz file."""
        arrays: dict[str, Any] = dict(self.arrays())
        np.savez(path, **arrays)


def _axes_of(slot: Slot) -> tuple[_Axis, ...]:
    if slot.kind == "stage":
        return (_NUMBERED,) * len(slot.shape)
    return (slot.index,) if slot.kind == "bias" else (slot.index - 1, slot.index)
