"""Fits and predictions in a loop leave the memory where it was."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import clearprop

MB = 1 << 20
ALLOWED = 2 * MB


def own() -> int:
    """Return the bytes in memory that are this process's own: all but its program and libraries, mapped from files."""
    gc.collect()
    found = re.search(r"^Anonymous: +(\d+) kB$", Path("/proc/self/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) * 1024


def growth(kind: str, n_fits: int, n_predictions: int) -> int:
    """Return by how many bytes the memory grows from the first fit and prediction on."""
    from clearprop import MLPClassifier, TableRegressor

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), np.arange(60) % 2
    table = {"a": X[:, 0], "b": X[:, 1], "y": X[:, 2]}

    def fit(seed):
        if kind == "arrays":
            return MLPClassifier((8,), max_iter=3, random_state=seed).fit(X, y)
        return TableRegressor("y", hidden=(8,), n_epochs=3, random_state=seed).fit(table)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(0).predict(X[:1] if kind == "arrays" else table)
        before = own()
        for seed in range(n_fits):
            model = fit(seed)
        for _ in range(n_predictions):
            model.predict(X[:1] if kind == "arrays" else table)
        return own() - before


def in_a_process_of_its_own(*arguments: object) -> int:
    place, name = Path(__file__).parent, Path(__file__).stem
    code = f"import sys; sys.path[:0] = [{str(place)!r}]; import {name} as t; print(t.growth{arguments!r})"
    source = str(Path(clearprop.__file__).parents[1])
    environment = {"PYTHONPATH": source, "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    return int(ran.stdout)


@pytest.mark.parametrize("kind", ["arrays", "tables"])
def test_a_loop_of_fits_and_predictions_leaves_the_memory_where_it_was(kind):
    assert in_a_process_of_its_own(kind, 150, 1000 if kind == "arrays" else 100) < ALLOWED


@pytest.mark.soak
@pytest.mark.parametrize(("kind", "n_predictions"), [("arrays", 100_000), ("tables", 10_000)])
def test_a_long_loop_leaves_the_memory_where_it_was(kind, n_predictions):
    grown = in_a_process_of_its_own(kind, 2000, n_predictions)
    print(f"{kind}: {grown / MB:.2f} MB more")
    assert grown < ALLOWED
