"""Two raw tables through the command line, beside scikit-learn's MLP on the very same rows.

    python benchmarks/raw_tables.py FOLDER

FOLDER holds ``california_housing/housing.csv`` and ``adult/adult_train.csv``. `clearprop train` reads the file, holds
out a fifth, trains with its defaults and scores; scikit-learn gets the same two sets of rows, scaled and one-hot, with
its defaults and early stopping. Nothing is tuned on either side.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from clearprop import TableClassifier, TableRegressor
from clearprop.tables import read_table

TABLES = (
    ("california_housing/housing.csv", "median_house_value", "numbers", "r2"),
    ("adult/adult_train.csv", "income", "classes", "accuracy"),
)


def with_clearprop(path: Path, target: str, metric: str, seed: int) -> tuple[float, float]:
    """Return the held-out score and the seconds of the whole command."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", "from clearprop.cli import main; main()", "train", str(path)]
        quick = ["--effort", "quick"]
        options = [
            *quick,
            "--target",
            target,
            "--seed",
            str(seed),
            "--out",
            f"{folder}/m.safetensors",
            "--quiet",
            "--json",
        ]
        started = time.perf_counter()
        done = subprocess.run([*command, *options], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)["test"]["scores"][metric], time.perf_counter() - started


def with_scikit_learn(path: Path, target: str, task: str, seed: int) -> tuple[float, float]:
    """Return the score on the same held-out rows, and the seconds of reading, encoding and fitting."""
    table = read_table(path)
    kind = TableClassifier if task == "classes" else TableRegressor
    parts = kind(target, random_state=seed, effort="quick").prepare(table, test=0.2).parts
    train = np.sort(np.concatenate([parts.train, parts.held]))
    test = np.setdiff1d(np.arange(len(table)), train)
    started = time.perf_counter()
    frame = pd.read_csv(path, skipinitialspace=True, na_values="?")
    encoder = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    )
    network = (MLPClassifier if task == "classes" else MLPRegressor)(
        hidden_layer_sizes=(128, 64), early_stopping=True, random_state=seed
    )
    y = frame.pop(target)
    scale = 1.0 if task == "classes" else y.std()
    model = make_pipeline(encoder, network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(frame.iloc[train], y.iloc[train] if task == "classes" else y.iloc[train] / scale)
    held = y.iloc[test] if task == "classes" else y.iloc[test] / scale
    return float(model.score(frame.iloc[test], held)), time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print("| table | score | seed | clearprop | seconds | scikit-learn | seconds |\n|---|---|---|---|---|---|---|")
    for name, target, task, metric in TABLES:
        for seed in range(arguments.seeds):
            ours = with_clearprop(arguments.folder / name, target, metric, seed)
            theirs = with_scikit_learn(arguments.folder / name, target, task, seed)
            print(f"| {name} | {metric} | {seed} | {ours[0]:.4f} | {ours[1]:.1f} | {theirs[0]:.4f} | {theirs[1]:.1f} |")


if __name__ == "__main__":
    main()
