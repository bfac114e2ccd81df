"""Together: a command that several processes run, started as ``mpirun -n 4 python -m mpi4py -m clearprop ...``.

All of them do the same; the first alone writes files and says what came of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

from clearprop.cli.config import TrainConfig
from clearprop.cli.output import print_json, print_table
from clearprop.engines.sharding.exchange import ALONE, Exchange, told_by_all
from clearprop.errors import UsageError
from clearprop.fitting.shards import suitable_shards
from clearprop.fitting.sharing import joined

_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
"""Where Open MPI and MPICH tell a process how many they have started."""


@contextmanager
def together() -> Iterator[Exchange]:
    """Run a command with all the processes that mpirun started, as one.

    Raises
    ------
    UsageError
        If it started several that do not know of one another.
    SystemExit
        In place of an error that all of them meet, in all but the first: it is told once.
    """
    if "mpi4py.run" not in sys.modules:
        _refuse_strangers()
        yield ALONE
        return
    from mpi4py import MPI

    rank = MPI.COMM_WORLD.Get_rank()
    try:
        with joined(MPI.COMM_WORLD) as exchange:
            yield exchange
    except Exception as error:
        if rank == 0:
            raise
        raise SystemExit(getattr(error, "exit_code", 1)) from None


def _refuse_strangers() -> None:
    sizes = [int(os.environ[name]) for name in _SIZES if os.environ.get(name, "").isdigit()]
    if max(sizes, default=1) > 1:
        raise UsageError(
            f"mpirun started {max(sizes)} processes that would each train the same by itself; say mpirun -n "
            f"{max(sizes)} python -m mpi4py -m clearprop, so that they share the training and all end if one does."
        )


def show_costs(as_json: bool) -> None:
    """Measure and print what it costs these processes to train one network together.

    Raises
    ------
    UsageError
        If there is one process.
    """
    from clearprop.fitting.sharing_cost import costs

    with together() as exchange:
        if exchange.size == 1:
            raise UsageError("there is one process; say mpirun -n 2 python -m mpi4py -m clearprop doctor --mpi.")
        found = costs(exchange)
    if exchange.rank > 0:
        return
    if as_json:
        print_json({"processes": exchange.size, "costs": [asdict(cost) | {"rows": cost.rows} for cost in found]})
        return
    columns = ("network", "parameters", "µs a row", "µs a sum", "rows a process for 90 %")
    rows = [
        ("-".join(map(str, cost.sizes)), cost.n_parameters, f"{cost.row * 1e6:.3g}", f"{cost.sum * 1e6:.3g}", cost.rows)
        for cost in found
    ]
    print_table(f"{exchange.size} processes, one thread each", columns, rows)


def with_shards(settings: TrainConfig, exchange: Exchange) -> TrainConfig:
    """Return the settings with the shards that these processes share, to be kept with what they train."""
    if exchange is ALONE or settings.shards is not None:
        return settings
    return replace(settings, shards=suitable_shards(settings.batch_size))


def wait_for_all(exchange: Exchange) -> None:
    """Return once all have come: one that ends with an exit code of its own would take the others along."""
    if exchange.size > 1:
        told_by_all(exchange, [])
