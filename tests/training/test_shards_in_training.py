"""Shards own rows, and processes that train together decide once."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop.engines import Order
from clearprop.equations.philox import PURPOSE_SHUFFLE, generator
from clearprop.training import Plan, Progress, Stopped
from clearprop.training.agreement import Agreement
from clearprop.training.order import Epochs, epoch_rows
from crew import all_of


@pytest.mark.parametrize("n_rows", [1, 5, 63, 64, 1000, 1003])
@pytest.mark.parametrize("count", [1, 3, 8])
@pytest.mark.parametrize("options", [{}, {"shuffle": False}, {"block_rows": 10}], ids=str)
def test_a_shard_takes_the_same_rows_in_every_epoch(n_rows, count, options):
    epochs = Epochs(n_rows, Plan(batch_size=64, shards=count, seed=3, **options))
    owners = np.full(n_rows, -1)
    for epoch in range(3):
        order = epochs.of(epoch)
        assert sorted(order.rows) == list(range(n_rows))
        np.testing.assert_array_equal(order.cuts, Order.of(np.arange(n_rows), 64).cuts)
        for step in range(len(order)):
            batch = order.batch(step)
            for shard in range(count):
                own = batch[len(batch) * shard // count : len(batch) * (shard + 1) // count]
                assert set(owners[own]) <= {-1, shard}
                owners[own] = shard
    assert (np.diff(owners) >= 0).all()  # neighbours, so that a process reads a part of a file


def test_shards_are_shuffled_by_seed_epoch_and_shard():
    def rows(epoch, seed):
        return Epochs(512, Plan(batch_size=64, shards=4, seed=seed)).of(epoch).rows.tolist()

    assert rows(1, 0) == rows(1, 0)
    assert len({tuple(rows(epoch, seed)) for epoch in range(3) for seed in range(3)}) == 9


def test_without_shards_an_epoch_is_shuffled_as_ever():
    plan = Plan(batch_size=32, seed=5)
    for epoch in (2, 0, 2):
        expected = epoch_rows(100, plan, generator(5, PURPOSE_SHUFFLE, epoch))
        np.testing.assert_array_equal(Epochs(100, plan).of(epoch).rows, expected)


def test_all_stop_where_one_does_and_take_the_time_of_the_first():
    def end(exchange):
        progress = Progress(seconds=float(exchange.rank))
        if exchange.rank == 2:
            progress.stopped, progress.signal_number = Stopped.INTERRUPTED, 15
        Agreement(exchange).on_the_end(progress)
        return progress.seconds, progress.stopped, progress.signal_number

    assert all_of(3, end) == [(0.0, Stopped.INTERRUPTED, 15)] * 3


def test_all_go_on_where_none_stops():
    def end(exchange):
        progress = Progress()
        Agreement(exchange).on_the_end(progress)
        return progress.stopped, progress.signal_number, Agreement(exchange).on(10 + exchange.rank)

    assert all_of(4, end) == [(None, None, 10)] * 4
