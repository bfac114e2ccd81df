"""Levenberg–Marquardt against Adam: same network, same start, same rows, same wall time.

python benchmarks/levenberg_marquardt.py [--seeds 3] [--goal 1e-20] [--most 60] [--least 5]

LM runs until the mean squared error reaches the goal (or `most` seconds are over); then Adam, with full batches and a
cosine schedule, gets the same wall time, but `least` seconds at least, at each of four learning rates, of which the
best counts. float64.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from clearprop import engines
from clearprop.engines import Order
from clearprop.equations import get_rule, get_schedule
from clearprop.model import Network, Parameters, initial, mlp
from clearprop.solvers import Limits, minimise
from clearprop.training import Rows

RATES = (0.1, 0.03, 0.01, 0.003)
SLICE = 200


def sine(units: int, n: int) -> tuple[Network, Rows]:
    X = np.linspace(-1, 1, n)[:, None]
    return mlp(1, units, 1, hidden="tanh"), Rows(X, np.sin(3 * X))


def teacher() -> tuple[Network, Rows]:
    rng = np.random.default_rng(0)
    network = mlp(3, 4, 2, hidden="tanh")
    parameters = initial(network, 0)
    parameters.vector[...] = rng.normal(size=parameters.vector.size)
    X = rng.normal(size=(60, 3))
    return mlp(3, 8, 2, hidden="tanh"), Rows(X, open_session(network, parameters, "sgd").predict(X))


TASKS = {
    "teacher 3-4-2, student 3-8-2, 60 rows": teacher,
    "sin 3x, 1-15-1, 40 rows": lambda: sine(15, 40),
    "sin 3x, 1-20-1, 100 rows": lambda: sine(20, 100),
}


def start(network: Network, seed: int) -> Parameters:
    """Return initial parameters with uniform biases: on symmetric inputs odd units alone would stay odd."""
    parameters = initial(network, seed)
    parameters["b1"][...] = np.random.default_rng(seed).uniform(-1, 1, parameters["b1"].shape)
    return parameters


def open_session(network: Network, parameters: Parameters, rule: str):
    return engines.open_session(network, parameters, get_rule(rule))


def error(session, rows: Rows) -> float:
    return float(np.mean((session.predict(rows.X) - rows.Y) ** 2))


def by_lm(network: Network, rows: Rows, seed: int, goal: float, most: float) -> tuple[float, float, int]:
    session, began = open_session(network, start(network, seed), "sgd"), time.perf_counter()
    J_goal = goal / 2 * network.n_out

    def stop(number: int, J: float, *_) -> bool:
        return J_goal >= J or time.perf_counter() - began > most

    report = minimise(session, network, rows, "lm", Limits(n_iterations=10**6, gradient=0.0), stop)
    return error(session, rows), time.perf_counter() - began, report.n_iterations


def by_adam(network: Network, rows: Rows, seed: int, seconds: float, rate: float) -> tuple[float, int]:
    """Train for that long; the cosine runs over the time, so that it always ends at 0."""
    session, schedule, n_steps = open_session(network, start(network, seed), "adam"), get_schedule("cosine"), 0
    order = Order.of(np.tile(np.arange(len(rows)), SLICE), len(rows))
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        rates = np.full(SLICE, rate * schedule.factor(passed, seconds, []))
        session.run(rows.X, rows.Y, None, order, rates)
        n_steps += SLICE
    return error(session, rows), n_steps


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--goal", type=float, default=1e-20)
    arguments.add_argument("--most", type=float, default=60.0)
    arguments.add_argument("--least", type=float, default=5.0)
    options = arguments.parse_args()
    print("| task | seed | LM: MSE | iterations | seconds | Adam: MSE | steps | seconds | rate |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, task in TASKS.items():
        network, rows = task()
        for seed in range(options.seeds):
            lm, seconds, iterations = by_lm(network, rows, seed, options.goal, options.most)
            longer = max(seconds, options.least)
            adam, steps, rate = min((*by_adam(network, rows, seed, longer, rate), rate) for rate in RATES)
            by_both = f"{lm:.1e} | {iterations} | {seconds:.2f} | {adam:.1e} | {steps} | {longer:.2f} | {rate}"
            print(f"| {name} | {seed} | {by_both} |", flush=True)


if __name__ == "__main__":
    main()
