"""What each process runs that mpirun starts for the tests: python -m mpi4py mpi_program.py TASK ARGUMENTS."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
from mpi4py import MPI

from clearprop.engines.sharding.mpi import MPIExchange
from clearprop.engines.sharding.shards import Shards
from clearprop.engines.sharding.tree import add_up, nodes_within, share_of

COUNTS, LENGTHS = (8, 13, 16), (1, 2, 7, 1000, 100_003)


def digest(arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()


def leaves(count, n, dtype):
    return np.random.default_rng(n).normal(size=(count, n)).astype(dtype) * 1e3


def sums(total_of):
    """The sums of drawn leaves, however they are made, by name."""
    return {
        f"{count} × {n} {dtype}": digest([total_of(leaves(count, n, dtype))])
        for count in COUNTS
        for n in LENGTHS
        for dtype in ("float32", "float64")
    }


def summed(leaf, node):
    return add_up(node, lambda part: leaf[part[0]] if part[1] - part[0] == 1 else None)


def bits(trained, exchange=None):
    """The bits of sums and of short trainings: of these processes, or of one without MPI."""
    from sharded import CASES

    def total_of(leaf):
        count = len(leaf)
        if exchange is None:
            return summed(leaf, (0, count))
        nodes = nodes_within(share_of(exchange.rank, exchange.size, count), (0, count))
        return exchange.sum(np.stack([summed(leaf, node) for node in nodes]), count)

    shards = Shards(8) if exchange is None else Shards(8, exchange)
    trainings = {
        f"{name} {engine}": digest(trained(engine, case, shards))
        for name, case in CASES.items()
        for engine in ("numpy", "native")
    }
    return sums(total_of) | trainings


def model(**settings):
    from clearprop import TableClassifier

    asked = {"hidden": (12,), "batch_size": 256, "shards": 4, "n_epochs": 6, "engine": "numpy", "n_threads": 1}
    return TableClassifier(**asked | settings)


def fit(folder, ending, rank, step, comm):
    """Train with checkpoints; at some step, one process dies, raises, or is asked to stop."""
    from clearprop.fitting.checkpoints import CheckpointPlan
    from clearprop.training import StepsDone

    def strike(event):
        if isinstance(event, StepsDone) and comm.rank == rank and taken(event.training) >= step:
            if ending == "raises":
                raise RuntimeError("struck")
            os.kill(os.getpid(), signal.SIGKILL if ending == "dies" else signal.SIGTERM)

    plan = CheckpointPlan(Path(folder), 1, 0.01)
    return model().fit("digits", listeners=[Between(strike)], checkpoints=plan, comm=comm)


def taken(training):
    return training.progress.epoch * training.steps_per_epoch + training.progress.step


class Between:
    """A listener that looks after every step."""

    def __init__(self, heard):
        self.heard = heard

    def __call__(self, event):
        self.heard(event)

    def next_look(self, step):
        return step + 1


def resume(folder, comm):
    from clearprop.fitting.checkpoints import CheckpointPlan, read_resumption

    return model().fit("digits", checkpoints=CheckpointPlan(resume=read_resumption(folder)), comm=comm)


def tell(comm, found):
    """Leave what this process found in a file: what several print is mixed."""
    Path(f"found-{comm.rank}.json").write_text(json.dumps(found), "utf-8")


def main(task, *arguments):
    comm = MPI.COMM_WORLD
    if task == "bits":
        from sharded import trained

        tell(comm, bits(trained, MPIExchange(comm)))
    elif task == "fit":
        folder, ending, rank, step = arguments
        fit(folder, ending, int(rank), int(step), comm)
    else:
        tell(comm, digest([resume(*arguments, comm).parameters_.vector]))


if __name__ == "__main__":
    main(*sys.argv[1:])
