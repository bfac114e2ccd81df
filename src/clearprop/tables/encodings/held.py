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
MOST_KNOTS = 256

_Sorted = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1, max_length=MOST_KEPT)]

_Knots = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=2, max_length=MOST_KNOTS)]


class HeldScores(Strict):
    """How improbable the true classes of held-out rows were held to be: 1 − p, sorted, thinned as `HeldErrors`."""

    n_rows: int = Field(ge=1, lt=1 << 53)
    scores: _Sorted

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.scores) > self.n_rows:
            raise ValueError("more scores are kept than there were")
        if any(first > second for first, second in pairwise(self.scores)) or self.scores[-1] > 1:
            raise ValueError("the scores must be sorted and at most 1")
        return self


class RisingCurve(Strict):
    """Where the probability of the second of two classes is led to: knots x from 0 to 1, and their y, not falling."""

    x: _Knots
    y: _Knots

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.x) != len(self.y) or (self.x[0], self.x[-1]) != (0, 1) or max(self.y) > 1:
            raise ValueError("a curve has as many y as x, from x = 0 to x = 1, and no y above 1")
        if any(first >= second for first, second in pairwise(self.x)):
            raise ValueError("the x of a curve must rise")
        if any(first > second for first, second in pairwise(self.y)):
            raise ValueError("the y of a curve must not fall")
        return self


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
