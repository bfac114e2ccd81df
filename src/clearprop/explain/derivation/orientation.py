"""Orientations: whether samples are rows, columns, or looked at one at a time.

The only thing in which the notations differ mathematically. Every rule of backpropagation is here three times, and
the three are transposes of one another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.notation import operations as op
from clearprop.notation.expressions import Expression, matmul, transpose
from clearprop.notation.markup import Markup
from clearprop.notation.operations import Operation
from clearprop.notation.shapes import ONE, Axis, Shape

AS_IT_IS = "as it is"


def array_kind(ndim: int) -> str:
    """Return how a stage's parameter of so many axes lies: like a bias, like weights, or as it is everywhere."""
    return {1: "bias", 2: "weight"}.get(ndim, AS_IT_IS)


class Orientation:
    """How arrays lie.

    Attributes
    ----------
    m : Axis
        The samples.
    outputs : int
        The NumPy axis along which the units of one sample lie.
    comma : str
        What separates the blocks of a joined matrix: ``,`` side by side, ``;`` one above the other.
    """

    outputs: int
    comma = ";"

    def __init__(self, m: Axis) -> None:
        self.m = m

    def shape(self, kind: str, *axes: Axis) -> Shape:
        """Return the shape of "data" (units), a "weight" (inputs, outputs), a "bias" (units) or "sample" ()."""
        if kind == "weight":
            return self._weight(*axes)
        if kind == AS_IT_IS:
            return axes
        if kind == "bias":
            return self._bias(*axes)
        return self._data(*axes) if kind == "data" else self._sample()

    def load(self, kind: str, array: Any) -> Any:
        """Return clearprop's array of that kind as it lies here."""
        return array if kind == AS_IT_IS else self._load(kind, array)

    def unload(self, kind: str, array: Any) -> Any:
        """Return an array of data, weights or a bias that lies here as clearprop has it."""
        return array if kind == AS_IT_IS else self._unload(kind, array)

    def _load(self, kind: str, array: Any) -> Any:
        raise NotImplementedError

    def _unload(self, kind: str, array: Any) -> Any:
        return array[:, 0] if kind == "bias" else array.T

    def linear(self, x: Expression, W: Expression) -> Expression:
        """Return the product of a layer's input and weights."""
        return matmul(W, x)

    def back(self, delta: Expression, W: Expression) -> Expression:
        """Return what the layer hands down to its input."""
        return matmul(transpose(W), delta)

    def outer(self, x: Expression, delta: Expression) -> Expression:
        """Return the gradient of the weights."""
        return matmul(delta, transpose(x))

    def sum_outputs(self, index: str = "k") -> Operation:
        """Return the sum over the units of each sample."""
        return op.sum_over(self.outputs, lambda _: self.shape("sample"), index)

    def sum_samples(self, index: str) -> Operation:
        """Return the sum over the samples."""
        raise NotImplementedError

    def block(self, start: int, stop: int, axis: Axis, index: Markup) -> Operation:
        """Return the units start .. stop − 1."""
        return op.part((..., slice(start, stop), slice(None)), self.shape("data", axis), index)

    def _data(self, n: Axis) -> Shape:
        raise NotImplementedError

    def _weight(self, n_in: Axis, n_out: Axis) -> Shape:
        return (n_out, n_in)

    def _bias(self, n: Axis) -> Shape:
        return (n, ONE)

    def _sample(self) -> Shape:
        raise NotImplementedError


class Rows(Orientation):
    """Samples are rows: Z = X W + b."""

    outputs = 1
    comma = ","

    def _load(self, kind: str, array: Any) -> Any:
        return array[:, None] if kind == "sample" else array

    def _unload(self, kind: str, array: Any) -> Any:
        return array

    def linear(self, x: Expression, W: Expression) -> Expression:
        return matmul(x, W)

    def back(self, delta: Expression, W: Expression) -> Expression:
        return matmul(delta, transpose(W))

    def outer(self, x: Expression, delta: Expression) -> Expression:
        return matmul(transpose(x), delta)

    def block(self, start: int, stop: int, axis: Axis, index: Markup) -> Operation:
        return op.part((slice(None), slice(start, stop)), self.shape("data", axis), index)

    def sum_samples(self, index: str) -> Operation:
        return op.sum_over(0, lambda shape: shape[1:], index, keep=False)

    def _data(self, n: Axis) -> Shape:
        return (self.m, n)

    def _weight(self, n_in: Axis, n_out: Axis) -> Shape:
        return (n_in, n_out)

    def _bias(self, n: Axis) -> Shape:
        return (n,)

    def _sample(self) -> Shape:
        return (self.m, ONE)


class Columns(Orientation):
    """Samples are columns: Z = W X + b."""

    outputs = 0

    def _load(self, kind: str, array: Any) -> Any:
        if kind == "sample":
            return array[None, :]
        return array[:, None] if kind == "bias" else array.T

    def block(self, start: int, stop: int, axis: Axis, index: Markup) -> Operation:
        return op.part((slice(start, stop), slice(None)), self.shape("data", axis), index)

    def sum_samples(self, index: str) -> Operation:
        return op.sum_over(1, lambda shape: (shape[0], ONE), index)

    def _data(self, n: Axis) -> Shape:
        return (n, self.m)

    def _sample(self) -> Shape:
        return (ONE, self.m)


class OneSample(Orientation):
    """One sample at a time, a column vector: z = W x + b. Run for all samples at once, stacked along a leading axis."""

    outputs = -2

    def _load(self, kind: str, array: Any) -> Any:
        if kind == "sample":
            return array[:, None, None]
        if kind == "data":
            return array[:, :, None]
        return array[:, None] if kind == "bias" else array.T

    def _unload(self, kind: str, array: Any) -> Any:
        return array[:, :, 0] if kind == "data" else super()._unload(kind, array)

    def sum_samples(self, index: str) -> Operation:
        return op.sum_samples_of_stack(index)

    def _data(self, n: Axis) -> Shape:
        return (n, ONE)

    def _sample(self) -> Shape:
        return (ONE, ONE)


def column_joined(bias: Any | None, weight: Any) -> Any:
    """Return Θ (n_out, 1 + n_in): the bias as column 0, then the weights, given as clearprop stores them."""
    return weight.T if bias is None else np.concatenate([bias[:, None], weight.T], axis=1)
