"""scikit-learn's own MLP examples, run with both imports: time to fit, and score over seeds.

    python benchmarks/sklearn_swap.py [--data FOLDER] [--seeds 10] [--only NAME] [--engine auto]

The examples (neural_networks/plot_mlp_training_curves.py, plot_mlp_alpha.py, plot_mnist_filters.py and
inspection/plot_partial_dependence.py of scikit-learn 1.9) are written anew: same data, same settings, but no pictures.
Times are wall seconds, so run it on an idle machine; OMP_NUM_THREADS=1 gives both one thread. Each seed is run by both
in turn, on the same rows. Without --data the examples on MNIST and on rented
bicycles are left out.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import statistics
import struct
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits, load_iris, make_circles, make_classification, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, QuantileTransformer, StandardScaler

LIBRARIES = {"scikit-learn": "sklearn.neural_network", "clearprop": "clearprop"}

STRATEGIES: tuple[dict[str, Any], ...] = (
    *(
        {"solver": "sgd", "learning_rate_init": 0.2, "learning_rate": learning_rate, **momentum}
        for learning_rate in ("constant", "invscaling")
        for momentum in (
            {"momentum": 0},
            {"momentum": 0.9, "nesterovs_momentum": False},
            {"momentum": 0.9, "nesterovs_momentum": True},
        )
    ),
    {"solver": "adam", "learning_rate_init": 0.01},
)


class Fit(NamedTuple):
    """One call of fit: on these rows, scored on those, with these settings."""

    kind: str
    train: tuple[Any, Any]
    test: tuple[Any, Any]
    settings: dict[str, Any]


def training_curves(seed: int) -> Iterator[Fit]:
    """Seven ways of sgd and adam on four small data sets; scored on the training rows, as there."""
    moons, circles = make_moons(noise=0.3, random_state=0), make_circles(noise=0.2, factor=0.5, random_state=1)
    digits = load_digits(return_X_y=True)
    for data, max_iter in ((load_iris(return_X_y=True), 400), (digits, 15), (circles, 400), (moons, 400)):
        rows = MinMaxScaler().fit_transform(data[0]), data[1]
        for strategy in STRATEGIES:
            yield Fit("MLPClassifier", rows, rows, {**strategy, "max_iter": max_iter, "random_state": seed})


def alphas(seed: int) -> Iterator[Fit]:
    """Five alphas on three shapes of points in the plane, by L-BFGS."""
    X, y = make_classification(n_features=2, n_redundant=0, n_informative=2, random_state=0, n_clusters_per_class=1)
    linear = X + 2 * np.random.RandomState(2).uniform(size=X.shape), y
    for points in (make_moons(noise=0.3, random_state=0), make_circles(noise=0.2, factor=0.5, random_state=1), linear):
        X_train, X_test, y_train, y_test = train_test_split(*points, test_size=0.4, random_state=42)
        scaler = StandardScaler().fit(X_train)
        for alpha in np.logspace(-1, 1, 5):
            settings = {
                "solver": "lbfgs", "alpha": float(alpha), "max_iter": 2000, "early_stopping": True,
                "hidden_layer_sizes": [10, 10], "random_state": seed,
            }  # fmt: skip
            train, test = (scaler.transform(X_train), y_train), (scaler.transform(X_test), y_test)
            yield Fit("MLPClassifier", train, test, settings)


def mnist_filters(seed: int, folder: Path) -> Iterator[Fit]:
    """Forty units on MNIST for eight epochs; 30 % of the 70,000 rows to train on, as there."""
    parts = [(_idx(folder / f"{part}-images-idx3-ubyte.gz"), _idx(folder / f"{part}-labels-idx1-ubyte.gz"))
             for part in ("train", "t10k")]  # fmt: skip
    X = np.concatenate([images.reshape(-1, 784) for images, _ in parts]) / 255.0
    y = np.concatenate([labels for _, labels in parts])
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, test_size=0.7)
    settings = {
        "hidden_layer_sizes": (40,), "max_iter": 8, "alpha": 1e-4, "solver": "sgd", "learning_rate_init": 0.2,
        "random_state": seed,
    }  # fmt: skip
    yield Fit("MLPClassifier", (X_train, y_train), (X_test, y_test), settings)


def bike_sharing(seed: int, folder: Path) -> Iterator[Fit]:
    """The regressor of the partial-dependence example: rentals per hour, trained on one year, scored on the next."""
    table = np.genfromtxt(folder / "hour.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
    numbers = np.column_stack([table[name] for name in ("temp", "atemp", "hum", "windspeed")])
    names = ("season", "mnth", "hr", "holiday", "weekday", "workingday", "weathersit")
    codes = np.column_stack([table[name] for name in names])
    first = table["yr"] == 0
    scaler, encoder = QuantileTransformer(n_quantiles=100).fit(numbers[first]), OneHotEncoder(sparse_output=False)
    encoder.fit(codes)
    X = np.hstack([scaler.transform(numbers), encoder.transform(codes)])
    y = table["cnt"] - table["cnt"].mean()
    settings = {
        "hidden_layer_sizes": (30, 15), "learning_rate_init": 0.01, "early_stopping": True, "random_state": seed,
    }  # fmt: skip
    yield Fit("MLPRegressor", (X[first], y[first]), (X[~first], y[~first]), settings)


def run(library: str, fits: Iterator[Fit], extra: dict[str, Any]) -> tuple[float, float]:
    """Fit all; return the seconds spent in fit, and the mean score."""
    module, seconds, scores = importlib.import_module(LIBRARIES[library]), 0.0, []
    for fit in fits:
        mlp = getattr(module, fit.kind)(**fit.settings, **extra)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            started = time.perf_counter()
            mlp.fit(*fit.train)
            seconds += time.perf_counter() - started
        scores.append(mlp.score(*fit.test))
    return seconds, statistics.mean(scores)


def compare(name: str, fits: Callable[[int], Iterator[Fit]], seeds: int, engine: str) -> None:
    """Print seconds and scores of both libraries, and how many times faster ours is (median over the seeds)."""
    seconds: dict[str, list[float]] = {library: [] for library in LIBRARIES}
    scores: dict[str, list[float]] = {library: [] for library in LIBRARIES}
    for seed in range(seeds):
        for library in LIBRARIES:
            extra = {"engine": engine} if library == "clearprop" else {}
            took, score = run(library, fits(seed), extra)
            seconds[library].append(took)
            scores[library].append(score)
    for library in LIBRARIES:
        spread = statistics.stdev(scores[library]) if seeds > 1 else 0.0
        print(
            f"{name:16} {library:12} {statistics.median(seconds[library]):8.2f} s   "
            f"score {statistics.mean(scores[library]):.4f} ± {spread:.4f}"
        )
    ratios = [theirs / ours for theirs, ours in zip(*seconds.values(), strict=True)]
    print(f"{name:16} {statistics.median(ratios):.1f} times faster (from {min(ratios):.1f} to {max(ratios):.1f})\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with mnist/*.gz and bike_sharing_hour/hour.csv")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only")
    parser.add_argument("--engine", default="auto")
    arguments = parser.parse_args()

    examples: dict[str, Callable[[int], Iterator[Fit]]] = {
        "training_curves": training_curves,
        "alphas": alphas,
    }
    if arguments.data:
        examples["bike_sharing"] = lambda seed: bike_sharing(seed, arguments.data / "bike_sharing_hour")
        examples["mnist_filters"] = lambda seed: mnist_filters(seed, arguments.data / "mnist")
    for name, fits in examples.items():
        if arguments.only in (None, name):
            compare(name, fits, arguments.seeds, arguments.engine)


def _idx(path: Path) -> Any:
    """Read one gzipped IDX file of bytes."""
    data = gzip.decompress(path.read_bytes())
    dimensions = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dimensions)


if __name__ == "__main__":
    main()
