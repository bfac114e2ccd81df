"""Sharing: several processes, a communicator among them, train one network."""

from __future__ import annotations

import os
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from clearprop.engines import available_threads
from clearprop.engines.sharding.exchange import ALONE, Exchange, told_by_all
from clearprop.errors import ClearpropError, UsageError
from clearprop.fitting.job import Job
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.shards import suitable_shards

if TYPE_CHECKING:
    from mpi4py import MPI

R = TypeVar("R", bound=Recipe)
J = TypeVar("J", bound=Job)


def exchange_of(comm: MPI.Comm | Exchange | None) -> Exchange:
    """Return the exchange of a communicator of mpi4py; of none, that of one process."""
    if comm is None:
        return ALONE
    if hasattr(comm, "Get_rank"):
        from clearprop.engines.sharding.mpi import MPIExchange

        return MPIExchange(comm)  # type: ignore[arg-type]  # an exchange has no such method
    return comm


@contextmanager
def joined(comm: MPI.Comm | Exchange | None) -> Iterator[Exchange]:
    """Train together inside: an error that one process alone meets ends all, one that all meet is raised by each."""
    exchange = exchange_of(comm)
    try:
        yield exchange
    except BaseException as error:
        code = error.exit_code if isinstance(error, ClearpropError) else 1
        exchange.stop(code, f"process {exchange.rank} of {exchange.size}: {type(error).__name__}: {error}")
        raise


def shared(recipe: R, exchange: Exchange) -> R:
    """Return the recipe of a training that these processes share: its shards depend on the batch size alone.

    Raises
    ------
    UsageError
        If what it asks for is done by one process.
    """
    if exchange is ALONE:
        return recipe
    if recipe.solver is not None:
        raise UsageError(
            f"the batch solver {recipe.solver!r} is one process's work; choose an update rule such as adam, or leave "
            "comm out."
        )
    if recipe.members > 1:
        raise UsageError("processes share the training of one network; pass members=1, or leave comm out.")
    return recipe if recipe.shards is not None else replace(recipe, shards=suitable_shards(recipe.batch_size))


def shared_job(job: J, exchange: Exchange) -> J:
    """Return the job with those who share it, and the threads that this process may have beside its neighbours.

    Raises
    ------
    UsageError
        If it is not the same job everywhere.
    """
    if exchange.size == 1:
        return replace(job, exchange=exchange)
    _check_same(job, exchange)
    threads = job.threads if job.recipe.n_threads is not None else _fair_threads(exchange)
    return replace(job, exchange=exchange, threads=threads)


def _check_same(job: Job, exchange: Exchange) -> None:
    """Refuse processes that begin with other weights, other rows or another plan than the first."""
    rows, weights = 0, job.rows.weights
    for block in job.rows.blocks():
        rows = zlib.crc32(np.ascontiguousarray(block.X).data, rows)
    rows = zlib.crc32(np.ascontiguousarray(job.rows.Y).data, rows)
    rows = rows if weights is None else zlib.crc32(np.ascontiguousarray(weights).data, rows)
    plan = zlib.crc32(repr((job.plan, job.network, job.rule)).encode())
    told = told_by_all(exchange, [zlib.crc32(job.start.vector.data), rows, plan])
    for what, numbers in zip(("first weights", "training rows", "settings"), told.T, strict=True):
        if (numbers != numbers[0]).any():
            rank = int(np.argmax(numbers != numbers[0]))
            raise UsageError(
                f"the processes must prepare the same training, and process {rank} has other {what} than process 0; "
                "give all of them the same data, the same settings and a seed (random_state)."
            )


def _fair_threads(exchange: Exchange) -> int:
    """Return the threads of this process, if those on the same processors get as many."""
    processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    mine = zlib.crc32(f"{socket.gethostname()} {processors}".encode())
    beside = int((told_by_all(exchange, [mine])[:, 0] == mine).sum())
    return max(1, available_threads() // beside)
