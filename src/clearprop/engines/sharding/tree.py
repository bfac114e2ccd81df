"""The tree in which shards are summed: it depends on their number alone, never on who computed them.

The sum over shards lo .. hi − 1 is that over lo .. middle − 1 plus that over middle .. hi − 1, where the left part is
the largest power of two below hi − lo. A process that has computed some neighbouring shards hands over the sums of the
largest whole parts of the tree among them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self, TypeVar

Node = tuple[int, int]
"""Shards lo .. hi − 1, a part of the tree that stands by itself."""


class Summed(Protocol):
    """What can be added up."""

    def __add__(self, other: Self, /) -> Self:
        """Return the sum."""
        ...


S = TypeVar("S", bound=Summed)


def middle(lo: int, hi: int) -> int:
    """Return where the right part of a node of two or more shards begins."""
    return lo + (1 << ((hi - lo - 1).bit_length() - 1))


def share_of(rank: int, size: int, count: int) -> Node:
    """Return the shards lo .. hi − 1 that process `rank` of `size` computes; their numbers differ by one at most."""
    return count * rank // size, count * (rank + 1) // size


def nodes_within(share: Node, node: Node) -> list[Node]:
    """Return the largest parts of the tree below a node that lie within a share, from left to right."""
    (first, end), (lo, hi) = share, node
    if first >= hi or end <= lo:
        return []
    if first <= lo and hi <= end:
        return [node]
    m = middle(lo, hi)
    return nodes_within(share, (lo, m)) + nodes_within(share, (m, hi))


def add_up(node: Node, sum_of: Callable[[Node], S | None]) -> S:
    """Return the sum over a node, of the parts for which `sum_of` has an answer."""
    found = sum_of(node)
    if found is not None:
        return found
    m = middle(*node)
    return add_up((node[0], m), sum_of) + add_up((m, node[1]), sum_of)
