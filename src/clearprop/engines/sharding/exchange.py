"""Exchange: all that processes which train together ever say to one another."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Exchange(Protocol):
    """Processes that take the same steps, each with shards of its own. Whatever one calls, all of them call."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    @property
    def rank(self) -> int:
        """Which of them this one is, from 0."""
        ...

    def sum(self, parts: Array, count: int) -> Array:
        """Return the sum over `count` shards, the same bits everywhere.

        Parameters
        ----------
        parts : array (n_parts, n)
            The sums over the parts of the tree that `tree.nodes_within` finds in this process's share. They may be
            written over.

        Returns
        -------
        array (n,)
        """
        ...

    def stop(self, code: int, last_words: str) -> None:
        """Come here where this process cannot go on; return once all have come.

        If one does not come within a second, it waits for a sum that will never be: then these words are said, and all
        end with that exit code.
        """
        ...


class Alone:
    """One process."""

    size, rank = 1, 0

    def sum(self, parts: Array, count: int) -> Array:
        """Return the only part there is: the whole tree."""
        return np.asarray(parts[0])

    def stop(self, code: int, last_words: str) -> None:
        """Return: there is nobody to wait for."""


ALONE = Alone()


def told_by_all(exchange: Exchange, mine: list[float]) -> Array:
    """Return what every process has told, float64 (size, len(mine)): each number goes through a sum with zeros."""
    told = np.zeros((exchange.size, len(mine)))
    told[exchange.rank] = mine
    return exchange.sum(told.reshape(1, -1), exchange.size).reshape(told.shape)
