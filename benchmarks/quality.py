"""Recipes of the table estimators beside others' defaults on every table of a folder: who is right most often?

    python benchmarks/quality.py FOLDER --out FILE [--half tune|judge] [--only NAME ...] [--seeds 3] [--recipes R ...]
    python benchmarks/quality.py --show FILE

FOLDER holds one folder per set, as `tables.SETS` names them; at most 8,000 training rows are drawn of each. The sets
are parted in two by a hash of their names: what is chosen on one half is judged on the other. The error is 1 − AUC for
two classes, 1 − accuracy for more, RMSE / σ for numbers; the others get the columns that the table estimator kept, as
`tables.py` hands them over, and keep their defaults. One line of JSON per fit is added to --out; --show prints, for
each model, the geometric mean of error / best error of the set, the mean rank, and the median seconds of a fit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
import warnings
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from quality_networks import networks
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from clearprop import TableClassifier, TableRegressor
from tables import SETS, Parts, frame_of, labels_of, load, parts_of, score, theirs

MOST_ROWS = 8_000
SMALLEST = 1e-4  # of an error: smaller ones are equal
RECIPES: dict[str, dict[str, Any]] = {effort: {"effort": effort} for effort in ("quick", "standard", "best")}


def half_of(name: str) -> str:
    """Return the half a set belongs to."""
    return ("tune", "judge")[hashlib.sha256(name.encode()).digest()[0] % 2]


def error_of(parts: Parts, model: Any, X: Any, y: Any) -> float:
    """Return 1 − AUC, 1 − accuracy, or RMSE / σ."""
    miss = 1 - score(parts, model, X, y)
    return float(np.sqrt(max(miss, 0))) if parts.task == "numbers" else miss


def others(parts: Parts, frame: Any, y: Any, seed: int) -> dict[str, Any]:
    """Return the other learners that are installed, at their defaults, with the encoding each needs."""
    found = theirs(parts.task, frame, y, seed)
    dense, codes = found["sklearn MLP"][0], found["HistGradientBoosting"][0]
    classes = parts.task == "classes"
    models = {
        "linear": make_pipeline(dense, LogisticRegression(max_iter=500) if classes else Ridge()),
        "HistGradientBoosting": found["HistGradientBoosting"],
    }
    try:
        import lightgbm

        kind = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
        models["LightGBM"] = make_pipeline(codes, kind(verbose=-1, random_state=seed))
    except ImportError:
        pass
    try:
        import catboost

        kind = catboost.CatBoostClassifier if classes else catboost.CatBoostRegressor
        models["CatBoost"] = make_pipeline(codes, kind(verbose=False, random_seed=seed, allow_writing_files=False))
    except ImportError:
        pass
    return models | networks(parts.task, classes and len(np.unique(y)) == 2, frame, seed)


def run(folder: Path, name: str, seed: int, recipes: list[str]) -> list[dict[str, Any]]:
    """Return one record per model."""
    parts = parts_of(*load(folder, name), SETS[name].task, seed, MOST_ROWS * 5 // 4)
    train = parts.train
    if len(train) > MOST_ROWS:
        train = train.take(np.sort(np.random.default_rng(seed).choice(len(train), MOST_ROWS, replace=False)))
    y, y_test = labels_of(train, parts.target), labels_of(parts.test, parts.target)
    about = {"set": name, "seed": seed, "half": half_of(name), "task": parts.task, "rows": len(train)}
    records, kept = [], None
    for recipe in recipes:
        kind = TableClassifier if parts.task == "classes" else TableRegressor
        began, used = time.perf_counter(), time.process_time()
        model = kind(parts.target, random_state=seed, **RECIPES[recipe]).fit(train)
        seconds = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}
        records.append(about | seconds | {"model": recipe, "error": error_of(parts, model, parts.test, y_test)})
        kept = list(model.schema_.names)
    X, X_test = frame_of(train, kept or []), frame_of(parts.test, kept or [])
    for title, other in others(parts, X, y, seed).items():
        began, used = time.perf_counter(), time.process_time()
        try:
            other.fit(X, y)
            found: dict[str, Any] = {"error": error_of(parts, other, X_test, y_test)}
        except ValueError as error:
            found = {"error": None, "why": str(error).splitlines()[0]}
        seconds = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}
        records.append(about | seconds | {"model": title} | found)
    return records


def show(path: Path) -> None:
    """Print, for each half and model, how far it is from the best of each set."""
    errors: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    seconds: dict[str, list[float]] = defaultdict(list)
    for line in path.read_text().splitlines():
        record = json.loads(line)
        if record["error"] is not None:
            errors[record["set"]][record["model"]].append(record["error"])
            seconds[record["model"]].append(record["seconds"])
    print("| half | sets | model | error / best | mean rank | median s |\n| --- | ---: | --- | ---: | ---: | ---: |")
    for half in ("tune", "judge"):
        names = [name for name in errors if half_of(name) == half]
        sets = [{model: float(np.mean(e)) for model, e in errors[name].items()} for name in names]
        for model, far, rank in standings(sets):
            print(f"| {half} | {len(sets)} | {model} | {far:.3f} | {rank:.2f} | {median(seconds[model]):.2f} |")


def standings(sets: list[dict[str, float]]) -> list[tuple[str, float, float]]:
    """Return each model with the geometric mean of its error over the best and its mean rank, the best first."""
    ratios: dict[str, list[float]] = defaultdict(list)
    ranks: dict[str, list[int]] = defaultdict(list)
    for found in sets:
        floor = max(min(found.values()), SMALLEST)
        for rank, model in enumerate(sorted(found, key=lambda m: found[m]), 1):
            ratios[model].append(max(found[model], SMALLEST) / floor)
            ranks[model].append(rank)
    means = {model: float(np.exp(np.mean(np.log(ratios[model])))) for model in ratios}
    return [(model, means[model], float(np.mean(ranks[model]))) for model in sorted(means, key=lambda m: means[m])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--out", type=Path, default=Path("quality.jsonl"))
    parser.add_argument("--half", choices=("tune", "judge"))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--recipes", nargs="*", default=list(RECIPES), choices=list(RECIPES))
    parser.add_argument("--show", type=Path)
    arguments = parser.parse_args()
    if arguments.show:
        show(arguments.show)
        return
    warnings.simplefilter("ignore")
    names = [name for name in arguments.only or SETS if arguments.half in (None, half_of(name))]
    for seed in range(arguments.seeds):
        for name in names:
            for record in run(arguments.folder, name, seed, arguments.recipes):
                with arguments.out.open("a") as file:
                    file.write(json.dumps(record) + "\n")
                print(record, flush=True)


if __name__ == "__main__":
    main()
