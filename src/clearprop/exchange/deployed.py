"""Deployed: what of a trained estimator leaves the house. No training rows, no history, no settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from clearprop.model import Network, Parameters
from clearprop.tables import Schema


@dataclass(frozen=True)
class Answer:
    """What the network's outputs are an answer to.

    Parameters
    ----------
    asks : {"class", "labels", "numbers"}
        One class of several; which of several labels, each for itself; or numbers.
    labels : tuple
        The classes or labels, in order; of numbers their names.
    mean, scale : float
        Numbers are the output times scale plus mean.
    low, high : float or None
        What they are kept between, where there are such limits.
    reach : float or None
        How far, in the network's units, an interval reaches to either side of a number; None where none is asked for.
    """

    asks: Literal["class", "labels", "numbers"]
    labels: tuple[Any, ...]
    mean: float = 0.0
    scale: float = 1.0
    low: float | None = None
    high: float | None = None
    reach: float | None = None


@dataclass(frozen=True, eq=False)
class Deployed:
    """A trained model as exchange takes it, whichever estimator it was.

    Parameters
    ----------
    columns : Schema or tuple of str
        The schema of a table, or the names of the numbers of a row.
    network : Network
    members : tuple of Parameters
        Of each network whose mean is the answer, one or several; their precision is that of the program.
    answer : Answer
    notes : tuple of str
        What a user of the export is to know, such as that training rounded its products.
    """

    columns: Schema | tuple[str, ...]
    network: Network
    members: tuple[Parameters, ...]
    answer: Answer
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> Parameters:
        """Those of the first network."""
        return self.members[0]
