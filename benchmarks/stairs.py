"""Numbers bin by bin: the native engine's sums along the bins against a dense product of the encoded columns.

    python benchmarks/stairs.py [--rounds 200]

The same network, 20 columns beside their staircases of 16 bins, 128-128-128 relu, Adam, batch 256, float32, one thread,
in turn: X with the encoded columns (340 numbers a row), X with the places of the numbers (40), X without the bins (20).
What the encoding costs is what a step takes longer than without it. The least of many short turns is compared, so that
a busy machine changes little.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from clearprop.engines import Order, Session, at_most_threads, open_session
from clearprop.equations import get_rule
from clearprop.equations.stages import Numbers, Staircase
from clearprop.model import Dense, Inputs, Network, initial

COLUMNS, BINS, BATCH, STEPS = 20, 16, 256, 2
HIDDEN = (128, 128, 128)


def session_of(inputs: Inputs) -> Session:
    network = Network(inputs, (*(Dense(n, "relu") for n in HIDDEN), Dense(2, "softmax")), "cross_entropy")
    with at_most_threads(1):
        return open_session(network, initial(network, 0, np.float32), get_rule("adam"), engine="native")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    rng = np.random.default_rng(0)
    n = BATCH * STEPS
    numbers = rng.standard_normal((n, COLUMNS), dtype=np.float32)
    places = rng.uniform(0, BINS, (n, COLUMNS)).astype(np.float32)
    encoded = np.hstack([Staircase(BINS).forward(places[:, j : j + 1], {}) for j in range(COLUMNS)])
    Y, order, rates = rng.integers(0, 2, n), Order.of(rng.permutation(n), BATCH), np.full(STEPS, 1e-3)
    contenders = {
        "dense product": (session_of(Inputs(COLUMNS * (1 + BINS))), np.hstack([numbers, encoded])),
        "sums along the bins": (
            session_of(Inputs(stages=[Numbers(COLUMNS), *[Staircase(BINS)] * COLUMNS])),
            np.hstack([numbers, places]),
        ),
        "without the bins": (session_of(Inputs(COLUMNS)), numbers),
    }
    least = dict.fromkeys(contenders, float("inf"))
    for _ in range(rounds):
        for name, (session, X) in contenders.items():
            began = time.perf_counter()
            session.run(X, Y, None, order, rates)
            least[name] = min(least[name], (time.perf_counter() - began) / STEPS * 1e6)
    dense, sums, without = least.values()
    for name, us in least.items():
        print(f"{name:20} {us:9,.1f} µs a step")
    print(f"the step: {dense / sums:.2f} times as fast; the encoding: {(dense - without) / (sums - without):.2f} times")


if __name__ == "__main__":
    main()
