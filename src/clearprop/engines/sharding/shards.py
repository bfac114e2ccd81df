"""Shards: into how many parts a batch is cut, who shares them, and the gradient as the sum over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.engines.sharding.exchange import ALONE, Exchange
from clearprop.engines.sharding.tree import Node, add_up, nodes_within, share_of
from clearprop.equations.slots import join, split
from clearprop.equations.step import Batch, evaluate_part, penalise
from clearprop.errors import UsageError
from clearprop.model.network import Network

Array = NDArray[Any]


class Share(NamedTuple):
    """What some shards add to D, and to its gradient g (n,)."""

    D: float
    g: Array

    def __add__(self, other: Share) -> Share:  # type: ignore[override]  # a sum, not a longer tuple
        return Share(self.D + other.D, self.g + other.g)


@dataclass(frozen=True)
class Shards:
    """How a batch is cut: shard s is its rows n·s/count .. n·(s + 1)/count − 1.

    Parameters
    ----------
    count : int
        The bits of a training depend on it.
    exchange : Exchange
        The processes among which they are shared; the bits do not depend on it.

    Raises
    ------
    UsageError
        If there are more processes than shards.
    """

    count: int
    exchange: Exchange = ALONE

    def __post_init__(self) -> None:
        if self.exchange.size > self.count:
            raise UsageError(
                f"{self.exchange.size} processes need as many shards or more, there are {self.count}; raise shards, or "
                "the batch size it follows from, or start fewer processes."
            )

    @cached_property
    def nodes(self) -> list[Node]:
        """The parts of the tree that this process computes."""
        return nodes_within(share_of(self.exchange.rank, self.exchange.size, self.count), (0, self.count))

    def rows(self, shard: int, n_rows: int) -> slice:
        """Return the rows of a batch of n_rows that are this shard's."""
        return slice(n_rows * shard // self.count, n_rows * (shard + 1) // self.count)

    def sum(self, share_of_node: Callable[[Node], Share]) -> Share:
        """Return D and its gradient over all shards, from those of the nodes that are this process's own."""
        found = [share_of_node(node) for node in self.nodes]
        D = self.exchange.sum(np.array([[share.D] for share in found], np.float64), self.count)
        parts = found[0].g[None] if len(found) == 1 else np.stack([share.g for share in found])
        return Share(float(D[0]), self.exchange.sum(parts, self.count))

    def sum_by_shards(self, share_of_rows: Callable[[slice], Share], n_rows: int) -> Share:
        """Return the same from a function that knows of some rows of the batch of n_rows what they add."""

        def leaf(node: Node) -> Share | None:
            return share_of_rows(self.rows(node[0], n_rows)) if node[1] - node[0] == 1 else None

        return self.sum(lambda node: add_up(node, leaf))


def with_penalty(network: Network, w: Array, share: Share, total_weight: float) -> tuple[float, float, Array]:
    """Return J, R and ∂J/∂w (n,) of a batch of so much weight, from D and its gradient."""
    R, gradients = penalise(
        network, split(network.slots, w), np.array([total_weight], w.dtype), split(network.slots, share.g)
    )
    return share.D + float(R), float(R), join(network.slots, gradients)


def objective_by_shards(
    shards: Shards, network: Network, batch_of: Callable[[slice], Batch], weights: Array | None, n_rows: int
) -> Callable[[Array], tuple[Any, Any, Array]]:
    """Return the function from a point w (n,) to J, R and ∂J/∂w of a batch, by the equations, shard by shard.

    Parameters
    ----------
    batch_of : callable
        From some rows of the batch to what is to be computed of them.
    weights : array (n_rows,) or None
        Of the whole batch; None stands for all ones.
    """
    total_weight = float(n_rows if weights is None else weights.sum(dtype=np.float64))

    def evaluate_at(w: Array) -> tuple[float, float, Array]:
        def share(part: slice) -> Share:
            found = evaluate_part(network, split(network.slots, w), batch_of(part), np.array([total_weight], w.dtype))
            return Share(float(found.D), join(network.slots, found.gradients))

        return with_penalty(network, w, shards.sum_by_shards(share, n_rows), total_weight)

    return evaluate_at
