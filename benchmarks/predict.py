"""Prediction: 784-256-128-10, relu and softmax, float32; one row, a hundred, ten thousand.

    python benchmarks/predict.py            # the table, on the screen
    python benchmarks/predict.py --write    # and into benchmarks/RESULTS.md

Two doors are asked, in turn: an engine's session, and `MLPClassifier.predict_proba`, which checks its input first.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from statistics import median

import numpy as np
from peers import machine, write
from undisturbed import Machine

from clearprop import MLPClassifier
from clearprop.engines import open_session
from clearprop.equations import get_rule
from clearprop.model import initial, mlp

SIZES = 784, 256, 128, 10
ROWS = 1, 100, 10_000
MARK = "<!-- predict -->"
TURNS, TURN = 5, 0.3  # how many of each door and number of rows, and seconds of one

Predict = Callable[[np.ndarray], np.ndarray]


def session() -> Predict:
    network = mlp(*SIZES, output="softmax")
    return open_session(network, initial(network, 0, np.float32), get_rule("adam"), 0, engine="native").predict


def estimator() -> Predict:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, SIZES[0]), dtype=np.float32)
    model = MLPClassifier(SIZES[1:-1], max_iter=1, random_state=0)
    with warnings.catch_warnings(action="ignore"):  # one epoch does not converge
        return model.fit(X, np.arange(200) % SIZES[-1]).predict_proba


def turn(predict: Predict, X: np.ndarray) -> list[float]:
    """Return microseconds of every prediction of one turn."""
    taken = []
    stop = time.perf_counter() + TURN
    while (start := time.perf_counter()) < stop:
        predict(X)
        taken.append((time.perf_counter() - start) * 1e6)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write into RESULTS.md")
    arguments = parser.parse_args()

    host = Machine()
    X = np.random.default_rng(1).standard_normal((max(ROWS), SIZES[0]), dtype=np.float32)
    doors = {"session": session(), "estimator": estimator()}
    taken: dict[tuple[str, int], list[float]] = {(name, rows): [] for name in doors for rows in ROWS}
    for _ in range(TURNS):
        for (name, rows), times in taken.items():
            times += host.undisturbed(partial(turn, doors[name], X[:rows]))

    lines = [*machine(host.peak), str(host), "", "| door | rows | µs | share of peak |", "|---|---|---|---|"]
    operations = 2.0 * sum(n * m for n, m in pairwise(SIZES))
    for (name, rows), times in taken.items():
        us = median(times)
        lines.append(f"| {name} | {rows:,} | {us:,.1f} | {rows * operations / (us * 1e-6) / host.peak:.0%} |")
    print("\n".join(lines))
    if arguments.write:
        write(lines, MARK)


if __name__ == "__main__":
    main()
