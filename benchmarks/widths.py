"""One thread against all: the native engine over widths and batch sizes, Adam, float32.

    python benchmarks/widths.py             # the table, on the screen
    python benchmarks/widths.py --write     # and into benchmarks/RESULTS.md

The network is width-width-width-10. One thread and all threads train the same steps in turn, and the medians are
compared: a figure below 1 would mean that more threads were slower. Turns in bad spells of the machine are repeated.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from statistics import median

import numpy as np
from peers import machine, write
from undisturbed import Machine

from clearprop.engines import Order, Request, choose
from clearprop.engines.native.threads import available_threads
from clearprop.equations import get_rule
from clearprop.model import initial, mlp

WIDTHS = (8, 16, 32, 64, 128, 256, 512, 1024)
BATCHES = (32, 128, 512, 1024, 4096)
SLICE = 0.02  # seconds of one measurement, at least one step


def sessions(width: int, batch: int) -> list:
    """Return a function for each number of threads that takes n steps."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((4 * batch, width), dtype=np.float32)
    Y = rng.integers(0, 10, len(X))
    network = mlp(width, width, width, 10, output="softmax")
    opened = [
        choose("native", Request(network, get_rule("adam"), "float32", threads=n)).open(
            initial(network, 0, np.float32), seed=0
        )
        for n in (1, available_threads())
    ]

    def take(session, n: int) -> None:
        rows = np.resize(rng.permutation(len(X)), n * batch)
        session.run(X, Y, None, Order.of(rows, batch), np.full(n, 1e-3))

    return [lambda n, session=session: take(session, n) for session in opened]


def compare(width: int, batch: int, seconds: float) -> tuple[float, float]:
    """Return microseconds per step of one thread, and how many times faster all threads are."""
    ways = sessions(width, batch)
    start = time.perf_counter()
    ways[0](2)
    n = max(1, int(SLICE / ((time.perf_counter() - start) / 2)))
    taken: list[list[float]] = [[], []]
    stop = time.perf_counter() + seconds
    while len(taken[0]) < 5 or time.perf_counter() < stop:
        for way, times in zip(ways, taken, strict=True):
            start = time.perf_counter()
            way(n)
            times.append((time.perf_counter() - start) / n * 1e6)
    alone, together = map(median, taken)
    return alone, alone / together


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.5, help="per width and batch")
    parser.add_argument("--write", action="store_true", help="write into RESULTS.md")
    arguments = parser.parse_args()

    host = Machine()
    lines = [
        "| width | " + " | ".join(f"batch {batch:,}" for batch in BATCHES) + " |",
        "|---" * (len(BATCHES) + 1) + "|",
    ]
    print("\n".join(lines))
    for width in WIDTHS:
        cells = [host.undisturbed(partial(compare, width, batch, arguments.seconds)) for batch in BATCHES]
        lines.append(f"| {width} | " + " | ".join(f"{us:,.0f} µs, × {ratio:.2f}" for us, ratio in cells) + " |")
        print(lines[-1], flush=True)
    about = [*machine(host.peak), str(host), ""]
    print("\n".join(about))
    if arguments.write:
        write(about + lines, "<!-- widths -->")


if __name__ == "__main__":
    main()
