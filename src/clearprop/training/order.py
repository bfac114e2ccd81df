"""The order in which an epoch takes its rows: it depends on the plan and the epoch alone."""

from __future__ import annotations

import numpy as np

from clearprop.engines import Order
from clearprop.equations.philox import PURPOSE_SHUFFLE, generator, restart
from clearprop.training.plan import Plan
from clearprop.training.rows import Array


class Epochs:
    """The orders of a plan's epochs over so many rows.

    With shards, each owns neighbouring rows, as many as its places in all batches of an epoch, and shuffles these
    alone: whoever computes some shards needs the rows of no other.
    """

    def __init__(self, n_rows: int, plan: Plan) -> None:
        self._n_rows, self._plan = n_rows, plan
        self._cuts = Order.of(np.arange(n_rows), plan.batch_size).cuts
        self._generator = generator(plan.seed, PURPOSE_SHUFFLE)
        self._last: tuple[int, Order] | None = None
        self._places: Array | None = None
        self._owned = np.array([n_rows])
        if plan.shards is not None:
            self._places, self._owned = self._parted(plan.shards)

    def of(self, epoch: int) -> Order:
        """Return the order of one epoch, from 0."""
        if self._last is None or self._last[0] != epoch:
            self._last = epoch, Order(self._rows(epoch), self._cuts)
        return self._last[1]

    def _rows(self, epoch: int) -> Array:
        plan, first, parts = self._plan, 0, []
        for shard, n_rows in enumerate(self._owned.tolist()):
            rng = restart(self._generator, plan.seed, PURPOSE_SHUFFLE, epoch * len(self._owned) + shard)
            parts.append(first + epoch_rows(n_rows, plan, rng))
            first += n_rows
        if self._places is None:
            return parts[0]
        rows = np.empty(self._n_rows, np.int64)
        rows[self._places] = np.concatenate(parts)
        return rows

    def _parted(self, count: int) -> tuple[Array, Array]:
        """Return, shard after shard, the places in an epoch's order that are its own, and how many each has."""
        ends = np.diff(self._cuts)[:, None] * np.arange(count + 1) // count
        lengths = np.diff(ends)
        owner = np.repeat(np.tile(np.arange(count, dtype=np.uint16), len(lengths)), lengths.reshape(-1))
        return np.argsort(owner, kind="stable"), lengths.sum(axis=0)


def epoch_rows(n_rows: int, plan: Plan, rng: np.random.Generator) -> Array:
    """Return the rows in the order in which an epoch takes them; the generator is that of the epoch."""
    rows = np.arange(n_rows, dtype=np.int64)
    if plan.shuffle and plan.block_rows is not None:
        blocks = np.split(rows, range(plan.block_rows, n_rows, plan.block_rows))
        return np.concatenate([rng.permutation(blocks[k]) for k in rng.permutation(len(blocks))])
    if plan.shuffle:
        rng.shuffle(rows)
    return rows
