"""Parameters: named arrays over one contiguous vector."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from clearprop.equations.initializers import get_initializer
from clearprop.equations.philox import PURPOSE_WEIGHTS, generator
from clearprop.errors import DataError, unknown_name
from clearprop.model.network import Network

Shapes = dict[str, tuple[int, ...]]


def parameter_shapes(network: Network) -> Shapes:
    """Return the name and shape of every parameter, in the order of the vector.

    ``E1`` .. for the embedded categorical columns (n, size), then ``W1, b1, W2, b2, ...``.
    """
    shapes: Shapes = {}
    for k, (n, size) in enumerate(zip(network.inputs.categories, network.inputs.embeddings, strict=True), start=1):
        if size != "one-hot":
            shapes[f"E{k}"] = (n, int(size))
    sizes = network.sizes
    for l, layer in enumerate(network.layers, start=1):
        shapes[f"W{l}"] = (sizes[l - 1], layer.units)
        if layer.bias:
            shapes[f"b{l}"] = (layer.units,)
    return shapes


class Parameters(Mapping[str, NDArray[Any]]):
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
    """Return initial parameters: weights by each layer's initializer, biases 0, embeddings N(0, 1/size).

    Parameters
    ----------
    seed : int
        The same seed gives the same weights; a layer's weights do not depend on the other layers.
    given : mapping of str to array, optional
        Values to start from instead, for the names it holds.
    """
    parameters = Parameters(parameter_shapes(network), dtype=dtype)
    for name, shape in parameters.shapes.items():
        kind, index = name[0], int(name[1:])
        if kind == "W":
            rng = generator(seed, PURPOSE_WEIGHTS, index)
            parameters[name][...] = get_initializer(network.layers[index - 1].initializer)(rng, shape[0], shape[1])
        elif kind == "E":
            rng = generator(seed, PURPOSE_WEIGHTS, (1 << 16) + index)
            parameters[name][...] = rng.standard_normal(shape) / math.sqrt(shape[1])
    _fill(parameters, given or {})
    return parameters


def as_lists(network: Network, parameters: Mapping[str, Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the lists W, b and E of the equations.

    Parameters
    ----------
    network : Network
    parameters : mapping of str to array

    Returns
    -------
    W, b : list of length L + 1
        Entry l is the array of layer l; entry 0 is None, and so is b[l] of a layer without bias.
    E : list, one longer than there are categorical columns
        Entry k is the embedding of the k-th of them; entry 0 is None, and so is that of a one-hot column.
    """
    W, b, E = (
        [None, *(parameters.get(f"{kind}{l}") for l in range(1, n + 1))]
        for kind, n in (("W", network.L), ("b", network.L), ("E", len(network.inputs.categories)))
    )
    return W, b, E


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
