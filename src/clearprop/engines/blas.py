"""One BLAS thread for small products: waking a second costs more than it saves, and far more on a busy machine."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from itertools import pairwise
from typing import Any

from clearprop.model.network import Network

SMALL_PRODUCT = 4_000_000  # multiplications of the largest product of a step


def few_threads(network: Network, batch: int) -> AbstractContextManager[Any]:
    """Return a context in which BLAS runs on one thread, if every product of a step of this batch is small."""
    sizes = network.sizes
    largest = batch * max(n_in * n_out for n_in, n_out in pairwise(sizes))
    return nullcontext() if largest > SMALL_PRODUCT else one_blas_thread()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS runs on one thread, and its sums are the same bits on any number of processors."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limit


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
