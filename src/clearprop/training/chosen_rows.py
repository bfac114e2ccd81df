"""ChosenRows: some rows of others, which are in memory once for all that choose among them."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines import Order
from clearprop.training.rows import Array, Rows


class ChosenRows(Rows):
    """Some rows of others that are in memory, by their places there; a place may be named twice.

    Steps are taken over the rows they were chosen from: of X nothing is copied but what is asked for.

    Parameters
    ----------
    of : Rows
    places : int array (n_rows,)
    """

    of: Rows
    places: Array

    def __init__(self, of: Rows, places: Array) -> None:
        weights = None if of.weights is None else of.weights[places]
        for name, value in {"of": of, "places": places, "Y": of.Y[places], "weights": weights}.items():
            object.__setattr__(self, name, value)

    @property
    def X(self) -> Array:
        """The inputs of the chosen rows, a copy."""
        return self.of.X[self.places]

    def __len__(self) -> int:
        return len(self.places)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of X."""
        return self.of.dtype

    def take(self, rows: Array | slice) -> Rows:
        """Return some of the rows, in memory."""
        return self.of.take(self.places[rows])

    def in_memory(self) -> Rows:
        """Return all of them as arrays of their own."""
        return self.of.take(self.places)

    def for_steps(self, order: Order) -> tuple[Rows, Order]:
        """Return the rows they were chosen from, and the order that takes the same rows of those."""
        return self.of, Order(self.places[order.rows], order.cuts)


def chosen(rows: Rows, places: Array) -> Rows:
    """Return some of the rows: by their places where all are arrays in memory, else as they take them."""
    return ChosenRows(rows, places) if type(rows) is Rows else rows.take(places)
