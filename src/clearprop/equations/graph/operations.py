"""Operations: what a node computes, and beside it how a gradient comes back through it.

``forward`` turns the values of the inputs into the value of the node. ``pull`` gives, for each input, its local
derivative where that is an array (else None), the rule in words, and the product: ∂J/∂input along this edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.activations import Activation
from clearprop.equations.losses import Loss
from clearprop.errors import DataError

Array = NDArray[np.float64]
ELEMENTWISE = "local × upstream"


class Pull(NamedTuple):
    """One input's share of a backward step."""

    local: Array | None
    rule: str
    product: Array


class Operation:
    """An operation whose local derivatives are arrays that multiply the upstream gradient elementwise."""

    name: str

    def forward(self, *inputs: Array) -> Array:
        """Return the value of the node."""
        raise NotImplementedError

    def local(self, inputs: tuple[Array, ...], value: Array) -> tuple[Any, ...]:
        """Return ∂value/∂input elementwise, one for each input."""
        raise NotImplementedError

    def pull(self, inputs: tuple[Array, ...], value: Array, upstream: Array) -> list[Pull]:
        """Apply the chain rule: local × upstream, summed where forward had repeated the input."""
        return [
            _multiply(np.asarray(local, np.float64), upstream, x.shape)
            for x, local in zip(inputs, self.local(inputs, value), strict=True)
        ]


class Pairwise(Operation):
    """An operation on two inputs, elementwise; what is shorter is repeated, as NumPy does it."""

    def combine(self, x: Array, y: Array) -> Array:
        """Return the value of the node."""
        raise NotImplementedError

    def forward(self, *inputs: Array) -> Array:
        x, y = inputs
        try:
            np.broadcast_shapes(x.shape, y.shape)
        except ValueError:
            raise DataError(f"{self.name} needs inputs that fit elementwise, got {x.shape} and {y.shape}.") from None
        return self.combine(x, y)


class Input(Operation):
    name = "input"

    def local(self, inputs: tuple[Array, ...], value: Array) -> tuple[Any, ...]:
        return ()


class Add(Pairwise):
    name = "+"

    def combine(self, x: Array, y: Array) -> Array:
        return x + y

    def local(self, inputs: tuple[Array, ...], value: Array) -> tuple[Any, ...]:
        return 1.0, 1.0


class Multiply(Pairwise):
    name = "×"

    def combine(self, x: Array, y: Array) -> Array:
        return x * y

    def local(self, inputs: tuple[Array, ...], value: Array) -> tuple[Any, ...]:
        return inputs[1], inputs[0]


class Maximum(Pairwise):
    """The larger input gets the whole gradient; at a tie the second does, so that max(z, 0) is relu."""

    name = "max"

    def combine(self, x: Array, y: Array) -> Array:
        return np.maximum(x, y)

    def local(self, inputs: tuple[Array, ...], value: Array) -> tuple[Any, ...]:
        first = inputs[0] > inputs[1]
        return first, ~first


class Reciprocal(Operation):
    name = "1/x"

    def forward(self, *inputs: Array) -> Array:
        return 1 / inputs[0]

    def local(self, inputs: tuple[Array, ...], value: Array) -> tuple[Any, ...]:
        return (-value * value,)


class Total(Operation):
    name = "sum"

    def forward(self, *inputs: Array) -> Array:
        return np.asarray(np.sum(inputs[0]))

    def local(self, inputs: tuple[Array, ...], value: Array) -> tuple[Any, ...]:
        return (np.ones_like(inputs[0]),)


class SquaredNorm(Operation):
    name = "‖·‖²"

    def forward(self, *inputs: Array) -> Array:
        return np.asarray(np.sum(inputs[0] ** 2))

    def local(self, inputs: tuple[Array, ...], value: Array) -> tuple[Any, ...]:
        return (2 * inputs[0],)


class MatMul(Operation):
    """The local derivative of a matrix product has four indices; only its product with upstream is ever needed."""

    name = "@"

    def forward(self, *inputs: Array) -> Array:
        x, y = inputs
        if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[0]:
            raise DataError(
                f"@ needs matrices (m, k) and (k, n), got {x.shape} and {y.shape}; "
                "write a vector as a column (n, 1) or a row (1, n)."
            )
        return x @ y

    def pull(self, inputs: tuple[Array, ...], value: Array, upstream: Array) -> list[Pull]:
        x, y = inputs
        return [Pull(None, "upstream · rightᵀ", upstream @ y.T), Pull(None, "leftᵀ · upstream", x.T @ upstream)]


@dataclass(frozen=True)
class Apply(Operation):
    """Any activation of `clearprop.equations.activations`."""

    f: Activation

    @property
    def name(self) -> str:  # type: ignore[override]  # a constant of the other operations, here of the activation
        return self.f.name

    def forward(self, *inputs: Array) -> Array:
        return np.asarray(self.f.forward(inputs[0]))

    def local(self, inputs: tuple[Array, ...], value: Array) -> tuple[Any, ...]:
        return (self.f.derivative(inputs[0], value),)

    def pull(self, inputs: tuple[Array, ...], value: Array, upstream: Array) -> list[Pull]:
        if self.f.elementwise:
            return super().pull(inputs, value, upstream)
        return [Pull(None, f"pullback of {self.name}", self.f.pullback(inputs[0], value, upstream))]


@dataclass(frozen=True)
class RowLosses(Operation):
    """Any loss of `clearprop.equations.losses`: ℓ of each row of a (batch, n_out), given targets Y."""

    loss: Loss
    Y: Array

    @property
    def name(self) -> str:  # type: ignore[override]  # a constant of the other operations, here of the loss
        return self.loss.name

    def forward(self, *inputs: Array) -> Array:
        if inputs[0].shape != self.Y.shape or inputs[0].ndim != 2:
            raise DataError(f"a and Y must both have shape (batch, n_out), got {inputs[0].shape} and {self.Y.shape}.")
        return np.asarray(self.loss.value(inputs[0], self.Y))

    def pull(self, inputs: tuple[Array, ...], value: Array, upstream: Array) -> list[Pull]:
        local = self.loss.gradient(inputs[0], self.Y)
        return [Pull(local, "local × upstream of its row", local * upstream[:, None])]


def _multiply(local: Array, upstream: Array, shape: tuple[int, ...]) -> Pull:
    """Return local × upstream, summed back to the shape of an input that forward had repeated (a bias row)."""
    product = local * upstream
    added = tuple(range(product.ndim - len(shape)))
    repeated = tuple(k + len(added) for k, n in enumerate(shape) if n == 1 and product.shape[k + len(added)] != 1)
    if not added + repeated:
        return Pull(local, ELEMENTWISE, product)
    return Pull(local, f"{ELEMENTWISE}, summed", product.sum(axis=added + repeated).reshape(shape))
