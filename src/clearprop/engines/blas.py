"""One BLAS thread for small products: waking a second costs more than it saves, and far more on a busy machine."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from itertools import pairwise
from typing import Any

from clearprop.model.network import Network

SMALL_PRODUCT = 4_000_000  # multiplications of the largest product of a step


_forked = False
"""Whether this process is a fork: another thread of its parent may have held OpenBLAS's lock, for ever here."""


def few_threads(network: Network, batch: int) -> AbstractContextManager[Any]:
    """Return a context in which BLAS runs on one thread, if every product of a step of this batch is small.

    In a forked process it always does: a product on several threads takes a lock that OpenBLAS does not renew there.
    """
    sizes = network.sizes
    largest = batch * max(n_in * n_out for n_in, n_out in pairwise(sizes))
    return nullcontext() if largest > SMALL_PRODUCT and not _forked else one_blas_thread()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS runs on one thread, and its sums are the same bits on any number of processors."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limit


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _note_fork() -> None:
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
