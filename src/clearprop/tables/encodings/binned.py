"""What every encoding bin by bin has: how its column is encoded without bins, and the edges of the bins."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from clearprop.tables.encodings.date import DateEncoding
from clearprop.tables.encodings.number import NumberEncoding
from clearprop.tables.encodings.strict import Strict, check_sorted

FEWEST_BINS = 2


class Binned(Strict):
    """A column that enters bin by bin, and beside that as it would without.

    Attributes
    ----------
    edges : tuple of float
        Of the bins, ascending.
    """

    edges: tuple[float, ...] = Field(min_length=FEWEST_BINS + 1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        return check_sorted(self, self.edges)

    @property
    def plain(self) -> NumberEncoding | DateEncoding:
        """How it is encoded without bins."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The column's."""
        return self.plain.name

    @property
    def format(self) -> str:
        """How its cells are written."""
        return self.plain.format

    @property
    def fill(self) -> float:
        """What a missing number becomes."""
        return self.plain.fill
