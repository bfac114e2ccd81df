"""What sharing costs here: the time of a sum among these processes, and the rows that make it worth while.

::

    t = r c + s(n)          r rows a process at c seconds each, and the sum of n numbers
    90 % of P processes     r c / t ≥ 0.9, so r ≥ 9 s(n) / c
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from clearprop.engines import Order, Request, choose
from clearprop.engines.sharding.exchange import Exchange
from clearprop.engines.sharding.tree import nodes_within, share_of
from clearprop.equations import get_rule
from clearprop.fitting.shards import MOST_SHARDS
from clearprop.model import initial, mlp

NETWORKS = ((20, 64, 64, 2), (784, 256, 128, 10), (54, 512, 512, 512, 7))
ROWS, STEPS = 512, 4
EFFICIENCY = 0.9


@dataclass(frozen=True)
class Cost:
    """Of one network, among so many processes: seconds of a row, seconds of a sum of its gradient."""

    sizes: tuple[int, ...]
    n_parameters: int
    row: float
    sum: float

    @property
    def rows(self) -> int:
        """Rows of a batch that each process needs for nine tenths of all of them."""
        return round(EFFICIENCY / (1 - EFFICIENCY) * self.sum / self.row)


def costs(exchange: Exchange, engine: str = "auto") -> list[Cost]:
    """Return what training each of three networks costs; to be called by all processes."""
    return [_cost(sizes, exchange, engine) for sizes in NETWORKS]


def seconds_of_a_sum(exchange: Exchange, n: int) -> float:
    """Return the median time of a sum of n numbers in float32; to be called by all processes."""
    nodes = nodes_within(share_of(exchange.rank, exchange.size, MOST_SHARDS), (0, MOST_SHARDS))
    parts = np.zeros((len(nodes), n), np.float32)  # they stay 0, however often they are added up
    return median(_seconds(lambda: exchange.sum(parts, MOST_SHARDS)) for _ in range(200 if n < 1e5 else 40))


def _cost(sizes: tuple[int, ...], exchange: Exchange, engine: str) -> Cost:
    network = mlp(*sizes, hidden="relu", output="softmax")
    start = initial(network, seed=0)
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(ROWS, sizes[0])).astype(np.float32), rng.integers(0, sizes[-1], ROWS)
    session = choose(engine, Request(network, get_rule("adam"), "float32", threads=1)).open(start, 0)
    order = Order.of(np.tile(np.arange(ROWS), STEPS), ROWS)
    rates = np.full(STEPS, 1e-4)
    row = median(_seconds(lambda: session.run(X, Y, None, order, rates)) for _ in range(9)) / (ROWS * STEPS)
    return Cost(sizes, start.vector.size, row, seconds_of_a_sum(exchange, start.vector.size))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
