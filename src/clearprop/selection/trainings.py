"""Many trainings that know nothing of one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from joblib import Parallel, delayed
from joblib.parallel import get_active_backend

from clearprop.engines import available_threads, side_by_side

Found = TypeVar("Found")


def trainings(work: Callable[..., Found], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Found]:
    """Yield what the work makes of every task, its arguments, in their order; the answers are those of a loop.

    They run side by side: as joblib's ``parallel_config`` says where there is one, else on the threads of this process,
    one each. A network is small beside a machine, and threads that share one wait for each other at every step.
    """
    _, n_jobs = get_active_backend()
    if n_jobs is not None:
        yield from Parallel(return_as="generator")(delayed(work)(*task) for task in tasks)
    elif tasks:
        yield from side_by_side(lambda task: work(*task), tasks, min(len(tasks), available_threads()))
