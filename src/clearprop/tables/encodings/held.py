"""What held-out rows tell of answers to come, as a model file keeps it beside the target."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from clearprop.tables.encodings.strict import Strict

MOST_KEPT = 1024
"""Errors of a member at most; of all members together about as many, if each is to keep `FEWEST_KEPT`."""
FEWEST_KEPT = 64
MOST_MEMBERS = 10_000

_Sorted = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1, max_length=MOST_KEPT)]


class HeldErrors(Strict):
    """The absolute errors of rows that were held out, member by member, in the network's units.

    Attributes
    ----------
    n_rows : int
        Errors there were; a row that several members have not seen counts for each.
    rms : float
        The root of their mean square.
    spread : float
        How far the answers of the members to one row lie apart, one deviation, as a root mean square; 0 of one member.
    errors : tuple of tuple of float
        Sorted, of each member; of many, the largest of each of as many equal groups.
    """

    n_rows: int = Field(ge=1, lt=1 << 53)
    rms: float = Field(ge=0)
    spread: float = Field(ge=0, default=0.0)
    errors: tuple[_Sorted, ...] = Field(min_length=1, max_length=MOST_MEMBERS)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(map(len, self.errors)) > self.n_rows:
            raise ValueError("more errors are kept than there were")
        if any(first > second for one in self.errors for first, second in pairwise(one)):
            raise ValueError("the errors of a member must be sorted")
        return self
