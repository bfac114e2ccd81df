"""The stages there are: numbers pass through or climb stairs, codes become one-hot rows or rows of an embedding.

With H the one-hot rows of a column of codes, y is H itself, or H E: an embedding is a dense layer without bias on
one-hot inputs, so ``dE = Hᵀ (∂J/∂y)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearprop.equations._arrays import Array, namespace
from clearprop.equations._whole import whole
from clearprop.equations.slots import Slot
from clearprop.equations.stages.stage import Arrays, Straight
from clearprop.equations.targets import one_hot
from clearprop.errors import UsageError


@dataclass(frozen=True)
class Numbers(Straight):
    """Columns of numbers, as they are.

    Attributes
    ----------
    columns : int
    """

    name = "numbers"
    columns: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", _at_least_one("the number of columns", self.columns))

    @property
    def n_columns(self) -> int:
        return self.columns

    @property
    def width(self) -> int:
        return self.columns

    def forward(self, X: Array, p: Arrays) -> Array:
        return X

    def pushforward(self, X: Array, p: Arrays, v: Arrays) -> Array:
        return namespace(X).zeros_like(X)

    def input_gradient(self, X: Array, p: Arrays, upstream: Array) -> Array:
        return upstream


@dataclass(frozen=True)
class Staircase(Straight):
    """A column of places p in a row of bins; each becomes (1, ..., 1, t, 0, ..., 0), t the way through its own bin.

    ``y_i = min(max(p − i, 0), 1)`` for i = 0 .. bins − 1, so that p in bin b has the sum p of its y, and a layer above
    is linear in p bin by bin: ``y W = Σ_{i<b} W_i + (p − b) W_b``.

    Attributes
    ----------
    bins : int
    """

    name = "staircase"
    bins: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "bins", _at_least_one("the number of bins", self.bins))

    @property
    def width(self) -> int:
        return self.bins

    def forward(self, X: Array, p: Arrays) -> Array:
        return namespace(X).clip(self._above(X), 0.0, 1.0)

    def pushforward(self, X: Array, p: Arrays, v: Arrays) -> Array:
        return namespace(X).zeros_like(self._above(X))

    def input_gradient(self, X: Array, p: Arrays, upstream: Array) -> Array:
        xp, above = namespace(X), self._above(X)
        return xp.sum(upstream * xp.astype((above > 0) & (above < 1), upstream.dtype), axis=-1, keepdims=True)

    def _above(self, X: Array) -> Array:
        """Return p − i (..., batch, bins)."""
        return X - namespace(X).arange(self.bins, dtype=X.dtype)


@dataclass(frozen=True)
class OneHot(Straight):
    """A column of codes; each becomes a row of zeros with a single 1.

    Attributes
    ----------
    codes : int
        How many there are: 0 .. codes − 1.
    """

    name = "one_hot"
    codes: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", _at_least_one("a number of codes", self.codes))

    @property
    def n_codes(self) -> int:
        return self.codes

    @property
    def width(self) -> int:
        return self.codes

    def forward(self, X: Array, p: Arrays) -> Array:
        return one_hot(_codes(X), self.codes, X.dtype)

    def pushforward(self, X: Array, p: Arrays, v: Arrays) -> Array:
        return namespace(X).zeros((*X.shape[:-1], self.codes), dtype=X.dtype)


@dataclass(frozen=True)
class Embedding(Straight):
    """A column of codes; each becomes its row of a trained matrix E (codes, size).

    Attributes
    ----------
    codes : int
        How many there are: 0 .. codes − 1.
    size : int
    """

    name = "embedding"
    codes: int
    size: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", _at_least_one("a number of codes", self.codes))
        object.__setattr__(self, "size", _at_least_one("the size of an embedding", self.size))

    @property
    def n_codes(self) -> int:
        return self.codes

    @property
    def width(self) -> int:
        return self.size

    @property
    def slots(self) -> tuple[Slot, ...]:
        return (Slot("E", "stage", (self.codes, self.size)),)

    def start(self, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        return {"E": rng.standard_normal((self.codes, self.size)) / math.sqrt(self.size)}

    def forward(self, X: Array, p: Arrays) -> Array:
        return _rows(p["E"], _codes(X))

    def pushforward(self, X: Array, p: Arrays, v: Arrays) -> Array:
        return _rows(v["E"], _codes(X))

    def pullback(self, X: Array, p: Arrays, upstream: Array) -> dict[str, Array]:
        return {"E": one_hot(_codes(X), self.codes, X.dtype).mT @ upstream}

    def row_squares(self, X: Array, p: Arrays, upstream: Array) -> Array:
        return namespace(X).sum(upstream * upstream, axis=-1)  # each row pulls at one row of E

    def curvature(self, X: Array, p: Arrays, upstream: Array, weights: Array) -> dict[str, Array]:
        squares = namespace(X).sum(weights[..., None] * upstream * upstream, axis=-2)
        return self.pullback(X, p, squares)  # H² = H


def _codes(X: Array) -> Array:
    """Return the codes (..., batch) of the one column X (..., batch, 1)."""
    xp = namespace(X)
    return xp.astype(X[..., 0], xp.int64)


def _rows(E: Array, codes: Array) -> Array:
    """Return the rows (..., batch, size) of E (..., n, size) that the codes (..., batch) name."""
    xp = namespace(E)
    if codes.ndim == 1:
        return xp.take(E, codes, axis=-2)
    return xp.take_along_axis(E, codes[..., None], axis=-2)


def _at_least_one(what: str, value: object) -> int:
    n = whole(what, value)
    if n < 1:
        raise UsageError(f"{what} must be 1 or more, got {value!r}.")
    return n
