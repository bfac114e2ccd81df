"""Does bf16 learn as well as float32? MNIST and covertype, the same seeds in both precisions.

    python benchmarks/bf16_accuracy.py FOLDER [--seeds 5]

FOLDER holds mnist/ (the four gzipped IDX files) and covtype_20k/covtype_20k.csv.gz (54 columns and Cover_Type; a fifth
of the rows, drawn by the seed, are the test). Networks and batches are those of benchmarks/peers.py, Adam with a cosine
schedule. A seed draws first weights and orders, alike for both precisions. Prints test accuracies, and whether their
means differ by more than two standard errors; exits with 1 if bf16 is worse by more than that.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
from pathlib import Path

import numpy as np
from mnist import read_mnist

from clearprop import mlp
from clearprop.engines import open_session
from clearprop.equations import get_rule, get_schedule
from clearprop.model import Network, initial
from clearprop.training import Plan, Rows, Training, evaluate


def read_covertype(path: Path, seed: int) -> tuple[Rows, Rows]:
    """Return standardised rows to train on and to test on."""
    with gzip.open(path, "rt", newline="") as file:
        header, *lines = csv.reader(file)
    cells = np.array(lines, np.float32)
    target = header.index("Cover_Type")
    X, Y = np.delete(cells, target, axis=1), cells[:, target].astype(np.int64)
    order = np.random.default_rng(seed).permutation(len(X))
    train, test = order[len(X) // 5 :], order[: len(X) // 5]
    X = (X - X[train].mean(axis=0)) / np.maximum(X[train].std(axis=0), 1e-6)
    Y -= Y.min()
    return Rows(X[train], Y[train]), Rows(X[test], Y[test])


def accuracy(network: Network, train: Rows, test: Rows, batch: int, n_epochs: int, seed: int, bf16: bool) -> float:
    session = open_session(
        network,
        initial(network, seed, np.float32),
        get_rule("adam"),
        seed,
        engine="native",
        precision="bf16" if bf16 else None,
    )
    plan = Plan(n_epochs=n_epochs, batch_size=batch, schedule=get_schedule("cosine"), seed=seed, training_metric=False)
    Training(session, network, train, plan).run()
    return float(evaluate(session, network, test)[1])


def compare(name: str, found: np.ndarray) -> bool:
    """Print one line on accuracies (2, n_seeds); return whether bf16 is no worse than chance explains."""
    (single, half), spread, n = found.mean(axis=1), found.std(axis=1, ddof=1), found.shape[1]
    error = float(np.sqrt(np.sum(spread**2) / n))
    equal = abs(half - single) <= 2 * error
    print(
        f"| {name} | {n} | {single:.4f} ± {spread[0]:.4f} | {half:.4f} ± {spread[1]:.4f} | {half - single:+.4f} "
        f"| {2 * error:.4f} | {'yes' if equal else 'no'} |",
        flush=True,
    )
    return bool(half >= single - 2 * error)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    seeds, folder = range(arguments.seeds), arguments.folder

    print("| data, network | seeds | float32 | bf16 | difference | two standard errors | equal |")
    print("|---" * 7 + "|")
    digits = read_mnist(folder / "mnist", "train"), read_mnist(folder / "mnist", "t10k")
    jobs = {
        "MNIST, 784-256-128-10, 10 epochs of 128": (
            mlp(784, 256, 128, 10, output="softmax"), lambda seed: digits, 128, 10,
        ),
        "covertype, 54-512-512-512-7, 30 epochs of 256": (
            mlp(54, 512, 512, 512, 7, output="softmax"),
            lambda seed: read_covertype(folder / "covtype_20k" / "covtype_20k.csv.gz", seed), 256, 30,
        ),
    }  # fmt: skip
    good = []
    for name, (network, rows, batch, n_epochs) in jobs.items():
        found = [
            [accuracy(network, *rows(seed), batch, n_epochs, seed, bf16) for seed in seeds] for bf16 in (False, True)
        ]
        good.append(compare(name, np.array(found)))
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
