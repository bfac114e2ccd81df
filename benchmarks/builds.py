"""Two builds of clearprop side by side, in one run: is the newer as fast as the older?

    python benchmarks/builds.py OLD/src NEW/src [--rounds 9] [--seconds 0.5]

Each build lives in a process of its own and trains when it is told to, in turn, round after round, each going first in
every other one, so that what disturbs the machine disturbs both. The networks are those of `peers.py`; then whole fits
of the estimators. A row is the median of the rounds' ratios, new over old in epochs or fits a second: above 1 the
newer is faster.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

CASES = (
    ((20, 32, 32, 2), "relu", "softmax", 32, 400),
    ((20, 64, 64, 2), "relu", "softmax", 128, 200),
    ((4, 32, 16, 4), "tanh", "identity", 10_000, 20),
    ((8, 208, 208, 1), "relu", "identity", 256, 40),
    ((784, 256, 128, 10), "relu", "softmax", 128, 40),
    ((54, 512, 512, 512, 7), "relu", "softmax", 256, 10),
    ((1024, 1024, 1024, 10), "relu", "softmax", 512, 4),
)
FITS = ("table, wine", "arrays, digits by adam", "arrays, digits by lbfgs", "tiny table")


def epoch_of(k: int) -> Callable[[], object]:
    """Return what trains one epoch of a case."""
    import numpy as np

    from clearprop import engines
    from clearprop.equations import get_rule
    from clearprop.model import initial, mlp

    sizes, hidden, output, batch_size, n_steps = CASES[k]
    rng = np.random.default_rng(0)
    n = batch_size * n_steps
    X = rng.standard_normal((n, sizes[0]), dtype=np.float32)
    classes = output == "softmax"
    Y = rng.integers(0, sizes[-1], n) if classes else rng.standard_normal((n, sizes[-1]), dtype=np.float32)
    network, rates, rule = mlp(*sizes, hidden=hidden, output=output), np.full(n_steps, 1e-3), get_rule("adam")
    start = initial(network, 0, np.float32)
    if hasattr(engines, "open_session"):
        session = engines.open_session(network, start, rule, engine="native")
    else:  # a build from before requests
        session = engines.ENGINES["native"].open(network, start, rule, 0)
    Order = engines.Order
    return lambda: session.run(X, Y, None, Order.of(rng.permutation(n), batch_size), rates)


def fit_of(k: int) -> Callable[[], object]:
    """Return what fits an estimator once."""
    import numpy as np
    from sklearn.datasets import load_digits

    from clearprop import MLPClassifier, TableClassifier

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    tiny = {f"x{j}": rng.normal(size=200) for j in range(10)} | {"y": rng.integers(0, 2, 200)}
    return (
        lambda: TableClassifier(n_epochs=20).fit("wine"),
        lambda: MLPClassifier((32,), max_iter=5, random_state=0).fit(X / 16, y),
        lambda: MLPClassifier((8,), solver="lbfgs", max_iter=30, random_state=0).fit(X / 16, y),
        lambda: TableClassifier("y", hidden=(16,), n_epochs=3).fit(tiny),
    )[k]


def work(seconds: float) -> None:
    """Answer each line, the number of a case, with how often a second it was done."""
    import warnings

    warnings.simplefilter("ignore")
    made: dict[int, Callable[[], object]] = {}
    for line in sys.stdin:
        k = int(line)
        if k not in made:
            made[k] = epoch_of(k) if k < len(CASES) else fit_of(k - len(CASES))
            made[k]()
        began, n = time.perf_counter(), 0
        while time.perf_counter() - began < seconds or n == 0:
            made[k]()
            n += 1
        print(n / (time.perf_counter() - began), flush=True)


def start(source: str, seconds: float) -> subprocess.Popen[str]:
    """Start a build's process."""
    command = [sys.executable, __file__, "--work", str(seconds)]
    environment = {"PYTHONPATH": str(Path(source).resolve()), "PATH": "/usr/bin:/bin"}
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(build: subprocess.Popen[str], k: int) -> float:
    """Return how often a second a build does a case."""
    assert build.stdin is not None
    assert build.stdout is not None
    build.stdin.write(f"{k}\n")
    build.stdin.flush()
    return float(build.stdout.readline())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", help="The folders src of the older and the newer build.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--work", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work)
        return
    old, new = (start(source, arguments.seconds) for source in arguments.sources)
    names = [f"{'-'.join(map(str, case[0]))} {case[1]}, {case[3]:,}" for case in CASES] + list(FITS)
    print("| case | new / old | least | most |\n| --- | ---: | ---: | ---: |")
    for k, name in enumerate(names):
        ratios = []
        for turn in range(arguments.rounds + 1):
            if turn % 2:
                first = ask(old, k)
                ratio = ask(new, k) / first
            else:
                first = ask(new, k)
                ratio = first / ask(old, k)
            ratios.append(ratio)
        ratios = ratios[1:]  # the first turn builds and warms up
        print(f"| {name} | {median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f} |", flush=True)


if __name__ == "__main__":
    main()
