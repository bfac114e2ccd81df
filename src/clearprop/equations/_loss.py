"""What every loss is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from clearprop.equations._arrays import Array, namespace
from clearprop.errors import UsageError


@dataclass(frozen=True)
class Loss:
    """ℓ of one row of outputs a and targets y.

    Attributes
    ----------
    name : str
        The name an objective is described with.
    formula : str
        ℓ for one row, for people.
    domain : {"real", "positive", "unit", "simplex"}
        Where a must lie: anywhere, above 0, strictly between 0 and 1, or rows of probabilities.
    targets : {"real", "nonnegative", "positive", "unit", "distribution"}
        Where y must lie.
    canonical : str or None
        The activation whose short form `value_from_z` and `short_delta` hold.
    kinks : tuple of float
        The a − y at which ℓ or one of its derivatives jumps: a numerical derivative across one means nothing.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    domain: ClassVar[str] = "real"
    targets: ClassVar[str] = "real"
    canonical: ClassVar[str | None] = None

    @property
    def of_classes(self) -> bool:
        """Whether targets are classes, and not numbers."""
        return self.targets in ("distribution", "unit")

    @property
    def kinks(self) -> tuple[float, ...]:
        return ()

    def value(self, a: Array, Y: Array) -> Array:
        """Return ℓ of each row, shape (batch,)."""
        raise NotImplementedError

    def gradient(self, a: Array, Y: Array) -> Array:
        """Return ∂ℓ/∂a, shape (batch, n_out)."""
        raise NotImplementedError

    def second_derivative(self, a: Array, Y: Array) -> Array:
        """Return ∂²ℓ/∂a², shape (batch, n_out): every ℓ is a sum over the outputs, so no mixed ones exist."""
        raise NotImplementedError

    def value_from_z(self, z: Array, Y: Array) -> Array:
        """Return ℓ of each row, written in the z of the canonical activation, shape (batch,)."""
        raise NotImplementedError

    def short_delta(self, z: Array, a: Array, Y: Array) -> Array:
        """Return ∂ℓ/∂z under the canonical activation, shape (batch, n_out)."""
        return a - Y

    def r_short_delta(self, z: Array, a: Array, Y: Array, Rz: Array, Ra: Array) -> Array:
        """Return how the short delta changes when z changes along Rz, and a with it along Ra."""
        return Ra


def row_sum(terms: Array) -> Array:
    """Return the sum over the outputs, shape (batch,)."""
    return namespace(terms).sum(terms, axis=-1)


def require(holds: bool, what: str, expected: str, came: object) -> None:
    """Check an option of a loss."""
    if not holds:
        raise UsageError(f"{what} must be {expected}, got {came!r}.")
