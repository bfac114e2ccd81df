"""Trace: every array of one batch, forward and backward, under the names of the equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import unknown_name
from clearprop.model import trace_table
from clearprop.model.names import Names
from clearprop.model.network import Network
from clearprop.model.parameters import Parameters, parameter_shapes

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Trace:
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
    dW : list of array (n_in, n_out) or None
        ∂J/∂W[l], the penalty's part included.
    db : list of array (n_out,) or None
        ∂J/∂b[l].
    dE : list of array (n, size) or None
        dE[k] = ∂J/∂E[k] of the k-th categorical column, where that one is embedded.
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
    dW: list[Array | None]
    db: list[Array | None]
    dE: list[Array | None] = field(default_factory=lambda: [None])
    step: int = 0
    names: Names = field(default_factory=Names)

    @property
    def J(self) -> float:
        """The objective, D + R."""
        return self.D + self.R

    @property
    def gradient(self) -> Parameters:
        """∂J/∂ of every parameter, named as the parameters are."""
        gradient = Parameters(parameter_shapes(self.network), dtype=self.a[0].dtype)
        lists = {"W": self.dW, "b": self.db, "E": self.dE}
        for name in gradient:
            gradient[name][...] = lists[name[0]][int(name[1:])]
        return gradient

    def arrays(self) -> Mapping[str, Array]:
        """Return every array under its name: "a0", "z1", "delta2", "dW1", "mask0", "losses" ..."""
        named: dict[str, Array] = {"X": self.X, "Y": self.Y, "weights": self.weights, "losses": self.losses}
        named.update(self.parameters)
        for name in ("z", "a", "mask", "delta", "dW", "db", "dE"):
            named.update({f"{name}{l}": array for l, array in enumerate(getattr(self, name)) if array is not None})
        return named

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
        array, kind, index = self[name], name.rstrip("0123456789"), name.lstrip("abcdefghijklmnopqrstuvwxyzEWXY")
        if kind in ("X", "E", "dE"):
            return tuple([str(i) for i in range(n)] for n in array.shape)
        if not index:
            outputs = (self.names.units(self.network, self.network.L),) if kind == "Y" else ()
            return (self.names.samples(len(self.X)), *outputs)
        units = self.names.units(self.network, int(index))
        if kind in ("b", "db"):
            return (units,)
        weight = kind in ("W", "dW")
        return (self.names.units(self.network, int(index) - 1) if weight else self.names.samples(len(self.X)), units)

    def __str__(self) -> str:
        return trace_table.text(self)

    def __repr__(self) -> str:
        return f"<{trace_table.title(self)}>"

    def _repr_html_(self) -> str:
        return trace_table.html(self)

    def save(self, path: str) -> None:
        """Write all arrays to an .npz file."""
        arrays: dict[str, Any] = dict(self.arrays())
        np.savez(path, **arrays)
