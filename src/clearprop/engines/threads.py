"""Threads: a limit that a caller sets around its work, whichever engine does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TypeVar

from clearprop.errors import UsageError

Item = TypeVar("Item")
Found = TypeVar("Found")

_limit: ContextVar[int | None] = ContextVar("limit", default=None)
_exact: ContextVar[int | None] = ContextVar("exact", default=None)


@contextmanager
def at_most_threads(n_threads: int | None) -> Iterator[None]:
    """Let the sessions opened in here, and BLAS, use so many threads at most; None for no limit of its own.

    Raises
    ------
    UsageError
        If it is not 1 or more.
    """
    if n_threads is None:
        yield
        return
    if n_threads < 1:
        raise UsageError(f"n_threads must be 1 or more, got {n_threads!r}; leave it out for all there are.")
    from threadpoolctl import threadpool_limits

    token = _limit.set(n_threads)
    try:
        with threadpool_limits(n_threads, user_api="blas"):
            yield
    finally:
        _limit.reset(token)


@contextmanager
def exactly_threads(n_threads: int) -> Iterator[None]:
    """Let the sessions opened in here have so many threads, more than there are processors if asked for; BLAS too."""
    from threadpoolctl import threadpool_limits

    token = _exact.set(n_threads)
    try:
        with threadpool_limits(n_threads, user_api="blas"):
            yield
    finally:
        _exact.reset(token)


def exact_threads() -> int | None:
    """Return the number that `exactly_threads` asks for, None where it does not."""
    return _exact.get()


def thread_limit() -> int | None:
    """Return the limit in force, None where there is none."""
    return _limit.get()


def side_by_side(work: Callable[[Item], Found], items: Iterable[Item], n_threads: int) -> Iterator[Found]:
    """Yield what the work makes of every item, in their order: so many at a time, on one thread each, BLAS too.

    No item waits for another, as those do that share their threads. It pays where the work leaves the interpreter most
    of the time, as a session does that computes in a compiled core. After an error those under way are waited for, and
    no other is begun.
    """
    with at_most_threads(1), ThreadPoolExecutor(n_threads, thread_name_prefix="clearprop") as pool:
        context = copy_context()
        yield from pool.map(lambda item: context.copy().run(work, item), items)
