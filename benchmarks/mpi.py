"""Several processes that train one network: what it costs, side by side in one run.

    python benchmarks/mpi.py [--mpirun mpirun] [--rounds 15]

Three questions, a table each. One process whose batches are cut into 16 shards against today's step. Two processes of
one thread against one process of one thread, the same batch, in turn: while one works alone the other sleeps. And the
sum against a bare Allreduce of the same bytes. A row has the median of the rounds' ratios, the ratio of the least
times, the medians themselves, and the load of the machine: on a busy one the least times say more, and those of two
processes little.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

CASES = (((784, 256, 128, 10), 2048), ((54, 512, 512, 512, 7), 1024))
CUT = (
    *CASES,
    ((784, 256, 128, 10), 1024),
    ((784, 256, 128, 10), 8192),
    ((20, 64, 64, 2), 1024),
    ((8, 208, 208, 1), 1024),
)
LENGTHS = (1, 1_000, 10_000, 100_000, 235_146, 1_000_000)
STEPS = 4


def epoch_of(sizes, batch, shards):
    """Return what trains a few steps."""
    import numpy as np

    from clearprop import mlp
    from clearprop.engines import Order, Request, choose
    from clearprop.equations import get_rule
    from clearprop.model import initial

    network = mlp(*sizes, hidden="relu", output="softmax" if sizes[-1] > 1 else "identity")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(batch, sizes[0])).astype(np.float32)
    Y = rng.integers(0, sizes[-1], batch) if sizes[-1] > 1 else rng.normal(size=(batch, 1)).astype(np.float32)
    request = Request(network, get_rule("adam"), "float32", threads=1, shards=shards)
    session = choose("native", request).open(initial(network, seed=0), 0)
    order, rates = Order.of(np.tile(np.arange(batch), STEPS), batch), np.full(STEPS, 1e-4)
    return lambda: session.run(X, Y, None, order, rates)


def seconds(work, n=1):
    begun = time.perf_counter()
    for _ in range(n):
        work()
    return (time.perf_counter() - begun) / n


def head(*columns):
    what, ratio, *times = columns
    print(f"| {what} | {ratio} | of the least | {' | '.join(times)} | load |\n| --- |{' ---: |' * 5}", flush=True)


def told(what, found, steps=1):
    first, second = zip(*found, strict=True)
    ratios = f"{median(a / b for a, b in found):.2f} | {min(first) / min(second):.2f}"
    times = " | ".join(f"{median(each) / steps * 1e6:,.0f}" for each in (first, second))
    print(f"| {what} | {ratios} | {times} | {os.getloadavg()[0]:.1f} |", flush=True)


def named(sizes, batch):
    return f"{'-'.join(map(str, sizes))}, batch {batch:,}"


def cut(rounds):
    from clearprop.engines.sharding.shards import Shards

    head("one process", "today's step over the cut one", "today, µs", "16 shards, µs")
    for sizes, batch in CUT:
        today, shards = epoch_of(sizes, batch, None), epoch_of(sizes, batch, Shards(16))
        today(), shards()
        told(named(sizes, batch), [(seconds(today), seconds(shards)) for _ in range(3 * rounds)], STEPS)


def together(comm, exchange, rounds):
    from clearprop.engines.sharding.shards import Shards

    def meet():
        """Wait for all without taking a processor from those who work."""
        arrived = comm.Ibarrier()
        while not arrived.Test():
            time.sleep(2e-4)

    def alone(work):
        meet()
        found = seconds(work) if comm.rank == 0 else 0.0
        meet()
        return found

    if comm.rank == 0:
        head(f"{comm.size} processes", "times as fast", "one, µs a step", "together, µs")
    for sizes, batch in CASES:
        one, all_ = epoch_of(sizes, batch, None), epoch_of(sizes, batch, Shards(16, exchange))
        alone(one), all_()
        found = []
        for _ in range(rounds):
            single = alone(one)
            comm.Barrier()
            found.append((single, seconds(all_)))
        if comm.rank == 0:
            told(named(sizes, batch), found, STEPS)


def sums(comm, exchange, rounds):
    import numpy as np

    if comm.rank == 0:
        head("numbers in float32", "the sum over Allreduce", "ours, µs", "Allreduce, µs")
    for n in LENGTHS:
        parts, total, turns = np.zeros((1, n), np.float32), np.empty(n, np.float32), 200 if n < 2e5 else 20
        found = []
        for _ in range(rounds):
            comm.Barrier()
            ours = seconds(lambda parts=parts: exchange.sum(parts, 16), turns)
            comm.Barrier()
            bare = seconds(lambda parts=parts, total=total: comm.Allreduce(parts[0], total), turns)
            found.append((ours, bare))
        if comm.rank == 0:
            told(f"{n:,}", found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        from mpi4py import MPI

        from clearprop.engines.sharding.mpi import MPIExchange

        exchange = MPIExchange(MPI.COMM_WORLD)
        together(MPI.COMM_WORLD, exchange, asked.rounds)
        sums(MPI.COMM_WORLD, exchange, asked.rounds)
        return
    cut(asked.rounds)
    run = [sys.executable, "-m", "mpi4py", str(Path(__file__)), "--worker", "--rounds", str(asked.rounds)]
    sys.exit(subprocess.run([*asked.mpirun.split(), "-n", "2", *run]).returncode)


if __name__ == "__main__":
    main()
