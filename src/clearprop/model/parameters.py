"""Parameters: named arrays over one contiguous vector."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from clearprop.cells import Cell, Shown
from clearprop.equations import slots
from clearprop.equations.initializers import get_initializer
from clearprop.equations.philox import PURPOSE_WEIGHTS, generator
from clearprop.errors import DataError, unknown_name
from clearprop.model.network import Network
from clearprop.model.trace_table import table_of

Shapes = dict[str, tuple[int, ...]]

_FIRST_STAGE = 1 << 16  # in the counter of the random numbers: beyond every layer


def parameter_shapes(network: Network) -> Shapes:
    """Return the name and shape of every parameter, in the order of the vector.

    ``E1`` .. (n, size) where the k-th categorical column is embedded, then ``W1, b1, W2, b2, ...``.
    `Network.slots` says what each of them is.
    """
    return {slot.name: slot.shape for slot in network.slots}


class Parameters(Shown, Mapping[str, NDArray[Any]]):
    """A flat mapping of names ("W1", "b1", ...) to views of one contiguous vector.

    Parameters
    ----------
    shapes : dict of str to tuple of int
        In the order of the vector.
    vector : array (n,), optional
        Zeros if left out. It is shared, not copied.
    dtype : dtype
        Of the zeros; a vector that is given keeps its own.

    Raises
    ------
    DataError
        If the vector does not have the length the shapes add up to.
    """

    def __init__(self, shapes: Shapes, vector: NDArray[Any] | None = None, dtype: DTypeLike = np.float64) -> None:
        sizes = [math.prod(shape) for shape in shapes.values()]
        self.shapes = dict(shapes)
        self.vector = np.zeros(sum(sizes), dtype=dtype) if vector is None else vector
        if self.vector.shape != (sum(sizes),):
            raise DataError(f"the parameter vector must have shape ({sum(sizes)},), got {self.vector.shape}.")
        ends = np.cumsum(sizes, dtype=int).tolist()
        self.slices = {name: slice(end - size, end) for name, size, end in zip(shapes, sizes, ends, strict=True)}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.shapes:
            raise KeyError(str(unknown_name("parameter", name, self.shapes)))
        return self.vector[self.slices[name]].reshape(self.shapes[name])

    def __contains__(self, name: object) -> bool:
        return name in self.shapes

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)

    def over(self, vector: NDArray[Any]) -> Parameters:
        """Return parameters of the same names and shapes over another vector."""
        other = object.__new__(Parameters)
        other.shapes, other.slices, other.vector = self.shapes, self.slices, vector
        return other

    def __eq__(self, other: object) -> bool:
        """Return whether names, shapes and all numbers are the same."""
        if not isinstance(other, Parameters):
            return NotImplemented
        same_names = list(self.shapes.items()) == list(other.shapes.items())
        return same_names and bool(np.array_equal(self.vector, other.vector))

    __hash__ = None  # type: ignore[assignment]  # they can be written into

    def copy(self) -> Parameters:
        """Return parameters over a copy of the vector."""
        return self.over(self.vector.copy())

    def as_cell(self) -> Cell:
        """Return a table of every array."""
        title = f"Parameters: {self.vector.size:,} numbers, {self.vector.dtype}"
        return Cell(title, [table_of([("", self)])])

    def __repr__(self) -> str:
        inside = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        return f"<Parameters {inside}; {self.vector.size} numbers, {self.vector.dtype}>"


def from_arrays(network: Network, arrays: Mapping[str, ArrayLike], dtype: DTypeLike = np.float64) -> Parameters:
    """Return parameters with the given values.

    Parameters
    ----------
    network : Network
    arrays : mapping of str to array
        One for every parameter, by its name: ``W1`` (n_in, n_out), ``b1`` (n_out,) ...; embeddings ``E1`` (n, size).
    dtype : dtype
        Of the vector; the values are converted.

    Returns
    -------
    Parameters
        Over a vector of their own.

    Raises
    ------
    DataError
        If a name is missing or unknown, or a shape is not the one the network needs.
    """
    parameters = Parameters(parameter_shapes(network), dtype=dtype)
    missing = [name for name in parameters if name not in arrays]
    if missing:
        raise DataError(f"parameters are missing: {', '.join(missing)}; the network needs {', '.join(parameters)}.")
    _fill(parameters, arrays)
    return parameters


def initial(
    network: Network, seed: int, dtype: DTypeLike = np.float64, given: Mapping[str, ArrayLike] | None = None
) -> Parameters:
    """Return initial parameters: weights by each layer's initializer, biases 0, stages' parameters by
    the stage (embeddings N(0, 1/size)).

    Parameters
    ----------
    seed : int
        The same seed gives the same weights; a layer's weights do not depend on the other layers.
    given : mapping of str to array, optional
        Values to start from instead, for the names it holds.
    """
    parameters = Parameters(parameter_shapes(network), dtype=dtype)
    for slot in network.slots:
        if slot.kind == "weight" and slot.name not in (given or {}):
            initializer = get_initializer(network.layers[slot.index - 1].initializer)
            parameters[slot.name][...] = initializer(generator(seed, PURPOSE_WEIGHTS, slot.index), *slot.shape)
    _fill(parameters, network.stage.start_each(lambda k: generator(seed, PURPOSE_WEIGHTS, _FIRST_STAGE + k)))
    _fill(parameters, given or {})
    return parameters


def as_lists(network: Network, parameters: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """Return the lists W and b of the equations.

    Parameters
    ----------
    network : Network
    parameters : mapping of str to array

    Returns
    -------
    W, b : list of length L + 1
        Entry l is the array of layer l; entry 0 is None, and so is b[l] of a layer without bias.
    """
    return slots.as_lists(network.slots, parameters)


def joined(network: Network, arrays: Mapping[str, ArrayLike]) -> NDArray[Any]:
    """Return the vector (n,) of arrays by the parameters' names."""
    vector: NDArray[Any] = slots.join(network.slots, arrays)
    return vector


def _fill(parameters: Parameters, arrays: Mapping[str, ArrayLike]) -> None:
    for name, values in arrays.items():
        if name not in parameters:
            raise unknown_name("parameter", name, parameters)
        array = np.asarray(values)
        if array.shape != parameters.shapes[name]:
            raise DataError(
                f"{name} must have shape {parameters.shapes[name]}, got {array.shape}; "
                "clearprop stores weights as (n_in, n_out)."
            )
        parameters[name][...] = array
