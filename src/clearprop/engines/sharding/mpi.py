"""The exchange on MPI: the only file that knows of it.

No sum is left to MPI: MPI.SUM adds in an order that depends on the number of processes and on the library. Numbers are
only carried; they are added here, in the tree.
"""

from __future__ import annotations

import sys
import time
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines.sharding.tree import Node, add_up, nodes_within, share_of

if TYPE_CHECKING:
    from mpi4py import MPI

Array = NDArray[Any]

PATIENCE = 1.0  # seconds that a process which cannot go on waits for the others


class MPIExchange:
    """See `clearprop.engines.sharding.exchange.Exchange`. To be made by all processes of the communicator at once.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
        A copy of it is used, so that no message of anybody else is met.
    """

    def __init__(self, comm: MPI.Comm) -> None:
        self._comm = comm.Dup()
        self.size, self.rank = comm.Get_size(), comm.Get_rank()
        self._room: dict[tuple[int, Any], Array] = {}

    def sum(self, parts: Array, count: int) -> Array:
        if self.size == 1:
            return np.asarray(parts[0])
        if _doubles(self.size, count):
            return self._sum_by_doubling(np.ascontiguousarray(parts[0]))
        return self._sum_by_slices(np.ascontiguousarray(parts), count)

    def stop(self, code: int, last_words: str) -> None:
        if self.size == 1:
            return
        arrived, deadline = self._comm.Ibarrier(), time.monotonic() + PATIENCE
        while not arrived.Test():
            if time.monotonic() > deadline:
                print(last_words, file=sys.stderr, flush=True)
                self._comm.Abort(code)
            time.sleep(0.005)

    def _sum_by_doubling(self, total: Array) -> Array:
        """Add what the neighbour has, then what the neighbouring pair has, and so on: the tree from its leaves up."""
        other, distance = self._buffer(total.size, total.dtype), 1
        while distance < self.size:
            neighbour = self.rank ^ distance
            self._comm.Sendrecv(total, neighbour, recvbuf=other, source=neighbour)
            np.add(total, other, out=total)
            distance *= 2
        return total

    def _sum_by_slices(self, parts: Array, count: int) -> Array:
        """Let every process add up one slice of the numbers, and hand it to all."""
        n, size = parts.shape[1], self.size
        nodes = [nodes_within(share_of(rank, size, count), (0, count)) for rank in range(size)]
        bounds = [n * rank // size for rank in range(size + 1)]
        lengths = np.diff(bounds)
        own = int(lengths[self.rank])
        sent = np.concatenate([parts[:, start:stop].reshape(-1) for start, stop in pairwise(bounds)])
        arrived = np.empty((sum(map(len, nodes)), own), parts.dtype)
        self._comm.Alltoallv((sent, len(parts) * lengths), (arrived, [own * len(found) for found in nodes]))
        by_node: dict[Node, Array] = dict(zip(chain.from_iterable(nodes), arrived, strict=True))
        total = np.empty(n, parts.dtype)
        self._comm.Allgatherv(np.ascontiguousarray(add_up((0, count), by_node.get)), (total, lengths))
        return total

    def _buffer(self, n: int, dtype: Any) -> Array:
        key = n, dtype
        if key not in self._room:
            self._room[key] = np.empty(n, dtype)
        return self._room[key]


def _doubles(size: int, count: int) -> bool:
    """Return whether every share is one part of the tree, and neighbours are added up first."""
    return size & (size - 1) == 0 and count & (count - 1) == 0
