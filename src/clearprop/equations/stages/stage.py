"""What an input stage is: a group of columns of X on its way to a[0], forward beside backward.

With p the stage's own parameters, x its columns, and y = forward(x, p) its columns of a[0]::

    pullback       ∂J/∂p = (∂y/∂p)ᵀ u                          u = ∂J/∂y
    input_gradient ∂J/∂x = (∂y/∂x)ᵀ u                          where x is numbers
    pushforward    Ry = (∂y/∂p) v                              when p changes along v
    acceleration   RRy, the second derivative of y along v
    r_pullback     R of the pullback, when p changes along v and u along Ru

Rows are axis −2 and columns axis −1; any axes before them are carried along, in x, in p, or in both. So the gradient
of every row by itself is the pullback of batches of one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.slots import Slot

Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Stage:
    """One group of columns.

    A new stage is a frozen dataclass with a `name`, its `n_columns`, `width`, `slots`, `start` and the six methods of
    the table above; `Straight` has two of them already, for a y that is linear in p.

    Attributes
    ----------
    name : str
        In files, and for people.
    """

    name: ClassVar[str]

    @property
    def n_columns(self) -> int:
        """Number of columns of X it takes."""
        return 1

    @property
    def n_codes(self) -> int:
        """Number of codes 0 .. n_codes − 1 that each of its columns holds; 0 where they hold numbers."""
        return 0

    @property
    def width(self) -> int:
        """Number of columns of a[0] it gives."""
        raise NotImplementedError

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Its parameters, under names of its own."""
        return ()

    def start(self, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        """Return initial parameters."""
        return {}

    def forward(self, X: Array, p: Arrays) -> Array:
        """Return y (..., batch, width) of its columns X (..., batch, n_columns)."""
        raise NotImplementedError

    def pullback(self, X: Array, p: Arrays, upstream: Array) -> dict[str, Array]:
        """Return ∂J/∂p, from ∂J/∂y (..., batch, width)."""
        return {}

    def input_gradient(self, X: Array, p: Arrays, upstream: Array) -> Array | None:
        """Return ∂J/∂X (..., batch, n_columns), or None for codes."""
        return None

    def pushforward(self, X: Array, p: Arrays, v: Arrays) -> Array:
        """Return how y changes, (..., batch, width)."""
        raise NotImplementedError

    def acceleration(self, X: Array, p: Arrays, v: Arrays) -> Array:
        """Return the second derivative of y along v, (..., batch, width)."""
        raise NotImplementedError

    def r_pullback(self, X: Array, p: Arrays, upstream: Array, v: Arrays, Rupstream: Array) -> dict[str, Array]:
        """Return how ∂J/∂p changes when p changes along v, and ∂J/∂y along Rupstream."""
        raise NotImplementedError

    # What follows from these.

    def moved(self, X: Array, p: Arrays, v: Arrays, t: Array) -> Array:
        """Return y at p + t v with a t for each row: (P, batch, width) for t (P, batch)."""
        displaced = {name: p[name] + t[(..., *(None,) * p[name].ndim)] * v[name] for name in p}
        return self.forward(X[:, None, :], displaced)[..., 0, :]

    def row_pullback(self, X: Array, p: Arrays, upstream: Array) -> dict[str, Array]:
        """Return ∂/∂p of every row by itself, (batch, k, *shape), from k upstream gradients (batch, k, width) each."""
        return self.pullback(X[:, None, None, :], p, upstream[..., None, :])

    def row_squares(self, X: Array, p: Arrays, upstream: Array) -> Array:
        """Return Σ (∂/∂p)² of every row, (batch,), from upstream gradients (batch, width)."""
        xp, total = namespace(X), 0.0
        for gradient in self.row_pullback(X, p, upstream[:, None, :]).values():
            total = total + xp.sum(gradient * gradient, axis=tuple(range(1, gradient.ndim)))
        return total

    def curvature(self, X: Array, p: Arrays, upstream: Array, weights: Array) -> dict[str, Array]:
        """Return Σ_nk weights_nk (∂/∂p)², of p's shapes, from upstream (batch, k, width) and weights (batch, k)."""
        rows = self.row_pullback(X, p, upstream)
        xp = namespace(X)
        return {name: xp.tensordot(weights, g * g, axes=((0, 1), (0, 1))) for name, g in rows.items()}


@dataclass(frozen=True)
class Straight(Stage):
    """A stage whose y is linear in its parameters: they cancel out of its derivatives."""

    def acceleration(self, X: Array, p: Arrays, v: Arrays) -> Array:
        return namespace(X).zeros_like(self.pushforward(X, p, v))

    def r_pullback(self, X: Array, p: Arrays, upstream: Array, v: Arrays, Rupstream: Array) -> dict[str, Array]:
        return self.pullback(X, p, Rupstream)

    def moved(self, X: Array, p: Arrays, v: Arrays, t: Array) -> Array:
        y = self.forward(X, p)
        return y + t[:, :, None] * self.pushforward(X, p, v) if self.slots else y
