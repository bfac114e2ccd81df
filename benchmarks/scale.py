"""What is paid around the steps: small fits, single rows, frames, sparse rows, the start; beside an older build.

    OMP_NUM_THREADS=1 python benchmarks/scale.py OLD/src NEW/src [--rounds 7] [--cases fits,row]

Each build lives in a process of its own and works when it is told to, in turn, round after round, each going first in
every other one; scikit-learn, where it is the peer, works in a third. A figure is the least processor time, user and
system, of a call over the rounds; a ratio is one of two such minima.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

Call = Callable[[], object]
PEER = "scikit-learn"


class Case(NamedTuple):
    """What is measured: by whom else, what makes the call, and how many times it is called in a round."""

    peer: bool
    make: Callable[[str, Path], Call]
    times: int
    children: bool = False


def _mlp(who: str, **settings: object):
    if who == PEER:
        from sklearn.neural_network import MLPClassifier
    else:
        from clearprop import MLPClassifier
    return MLPClassifier(random_state=0, **settings)


def _rows(n: int, p: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p))
    return X, np.digitize(X[:, 0] + 0.5 * X[:, 1], np.quantile(X[:, 0], np.arange(1, classes) / classes))


def small_fits(who: str, folder: Path) -> Call:
    """Fit 200 rows of 10 numbers, hidden 16, 10 epochs of 4 steps, the certificate included."""
    X, y = _rows(200, 10, 2)
    return lambda: _mlp(who, hidden_layer_sizes=(16,), batch_size=50, max_iter=10, n_iter_no_change=100).fit(X, y)


def one_row(*sizes: int) -> Callable[[str, Path], Call]:
    """Predict the probabilities of one row."""

    def make(who: str, folder: Path) -> Call:
        X, y = _rows(500, sizes[0], sizes[-1])
        model = _mlp(who, hidden_layer_sizes=sizes[1:-1], max_iter=2).fit(X, y)
        row = X[:1].copy()
        return lambda: model.predict_proba(row)

    return make


def _cells(n: int) -> dict[str, list[object]]:
    rng = np.random.default_rng(0)
    numbers = {f"x{j}": rng.standard_normal(n).tolist() for j in range(9)}
    words = {f"c{j}": [f"v{k}" for k in rng.integers(0, 4 + 3 * j, n)] for j in range(4)}
    return numbers | words | {"flag": rng.integers(0, 2, n).astype(bool).tolist()}


def _table_model():
    from clearprop import TableClassifier

    cells = _cells(10_000)
    target = {"y": ["yes" if x > 0 else "no" for x in cells["x0"]]}
    return TableClassifier("y", hidden=(32, 32), n_epochs=1).fit(cells | target)


def _one_of(cells: dict[str, list[object]]) -> dict[str, list[object]]:
    return {name: column[:1] for name, column in cells.items()}


def table_from(kind: str, n: int) -> Callable[[str, Path], Call]:
    """Predict the probabilities of n rows of 14 columns, from a frame or from lists."""

    def make(who: str, folder: Path) -> Call:
        import pandas
        import polars
        import pyarrow

        model, cells = _table_model(), _cells(10_000)
        cells = cells if n > 1 else _one_of(cells)
        frame = {"pandas": pandas.DataFrame, "polars": polars.DataFrame, "pyarrow": pyarrow.table, "dict": dict}[kind]
        rows = frame(cells)
        return lambda: model.predict_proba(rows)

    return make


def table_fit(who: str, folder: Path) -> Call:
    """Fit a table estimator to a small table."""
    from clearprop import TableClassifier

    cells = {f"x{j}": column for j, column in enumerate(_rows(200, 10, 2)[0].T)}
    cells["y"] = _rows(200, 10, 2)[1]
    return lambda: TableClassifier("y", hidden=(16,), n_epochs=3).fit(cells)


def wine_fit(who: str, folder: Path) -> Call:
    """Fit a table estimator to a bundled table."""
    from clearprop import TableClassifier

    return lambda: TableClassifier(n_epochs=20).fit("wine")


def _sparse():
    from scipy.sparse import random_array

    X = random_array((100_000, 50_000), density=0.001, format="csr", dtype=np.float32, rng=np.random.default_rng(0))
    return X, (np.asarray(X[:, :25_000].sum(axis=1)) > np.asarray(X[:, 25_000:].sum(axis=1))).astype(int)


def sparse_fit(who: str, folder: Path) -> Call:
    """Fit 100,000 sparse rows of 50,000 columns, 50 a row, one epoch."""
    X, y = _sparse()
    return lambda: _mlp(who, hidden_layer_sizes=(32,), max_iter=1, batch_size=1000).fit(X, y)


def sparse_predict(who: str, folder: Path) -> Call:
    """Predict 10,000 of them."""
    X, y = _sparse()
    model, rows = _mlp(who, hidden_layer_sizes=(32,), max_iter=1, batch_size=1000).fit(X[:2000], y[:2000]), X[:10_000]
    return lambda: model.predict_proba(rows)


def command(*words: str) -> Callable[[str, Path], Call]:
    """Start the command line, or Python with a statement."""

    def make(who: str, folder: Path) -> Call:
        if "predict" in words:
            from clearprop import TableClassifier

            TableClassifier(n_epochs=1).fit("iris").save(folder / "model.safetensors")
            names = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)"
            (folder / "rows.csv").write_text(names + "\n" + "5.1,3.5,1.4,0.2\n6.0,3.0,4.5,1.5\n" * 2 + "6,3,5,2\n")
        statement = words[1] if who != PEER else "from sklearn.neural_network import MLPClassifier"
        line = [sys.executable, words[0], statement, *words[2:]]
        return lambda: subprocess.run(line, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    return make


CASES = {
    "fits": Case(True, small_fits, 40),
    "row": Case(True, one_row(10, 32, 32, 3), 2000),
    "wide-row": Case(True, one_row(784, 256, 128, 10), 2000),
    "dict-row": Case(False, table_from("dict", 1), 500),
    "pandas-row": Case(False, table_from("pandas", 1), 200),
    "pandas": Case(False, table_from("pandas", 10_000), 10),
    "polars": Case(False, table_from("polars", 10_000), 10),
    "pyarrow": Case(False, table_from("pyarrow", 10_000), 10),
    "dict": Case(False, table_from("dict", 10_000), 5),
    "table-fit": Case(False, table_fit, 20),
    "wine-fit": Case(False, wine_fit, 10),
    "sparse-fit": Case(True, sparse_fit, 1),
    "sparse-predict": Case(True, sparse_predict, 10),
    "import": Case(True, command("-c", "from clearprop import MLPClassifier"), 1, children=True),
    "command": Case(False, command("-m", "clearprop", "predict", "model.safetensors", "rows.csv"), 1, children=True),
}


def seconds(children: bool) -> float:
    """Return the processor time of this process, or of those it has started and that have ended."""
    if not children:
        return time.process_time()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def work(who: str) -> None:
    """Answer each line, the name of a case, with the processor time of a call."""
    warnings.simplefilter("ignore")
    made: dict[str, Call] = {}
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            case = CASES[line.strip()]
            if line not in made:
                made = {line: case.make(who, Path(folder))}  # one at a time: the memory of the last is free again
                made[line]()
            began = seconds(case.children)
            for _ in range(case.times):
                made[line]()
            print((seconds(case.children) - began) / case.times, flush=True)


def start(who: str, source: str) -> subprocess.Popen[str]:
    """Start a worker."""
    environment = os.environ | {"PYTHONPATH": str(Path(source).resolve())}
    line = [sys.executable, __file__, "--work", who]
    return subprocess.Popen(line, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(worker: subprocess.Popen[str], name: str) -> float:
    """Return the processor time a worker needs for a call."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(f"{name}\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def measured(workers: list[subprocess.Popen[str]], name: str, rounds: int) -> list[float]:
    """Return the least time of each over interleaved rounds."""
    least = [float("inf")] * len(workers)
    for turn in range(rounds):
        order = list(range(len(workers)))
        for k in order if turn % 2 else reversed(order):
            least[k] = min(least[k], ask(workers[k], name))
    return least


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", help="The folders src of the older and the newer build.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cases", help="Some of " + ", ".join(CASES) + ", with commas between.")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work)
        return
    old, new = arguments.sources
    workers = [start("old", old), start("new", new), start(PEER, new)]
    print(f"load {os.getloadavg()[0]:.1f}\n")
    print("| case | old, µs | new, µs | scikit-learn, µs | old / new | new / scikit-learn |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in arguments.cases.split(",") if arguments.cases else CASES:
        times = measured(workers if CASES[name].peer else workers[:2], name, arguments.rounds)
        figures = " | ".join(f"{1e6 * t:,.0f}" for t in times) + ("" if CASES[name].peer else " | ")
        against = f"{times[1] / times[2]:.2f}" if CASES[name].peer else ""
        print(f"| {name} | {figures} | {times[0] / times[1]:.2f} | {against} |", flush=True)


if __name__ == "__main__":
    main()
