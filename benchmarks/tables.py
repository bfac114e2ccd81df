"""The table estimators on every table of a folder, from the raw file, beside two of scikit-learn on the same splits.

    python benchmarks/tables.py FOLDER [--only NAME ...] [--seeds 3] [--most-rows 20000] [--seconds 60] [--out FILE]
    python benchmarks/tables.py FOLDER --show FILE

FOLDER holds one folder per set, as `SETS` names them. The table estimators get the file and the target, nothing else;
the six uci20 sets are written in columns of blanks and handed over as arrays. Scored on a fifth of the rows (the test
file where there is one), drawn anew by each seed: the area under the ROC curve for two classes, accuracy for more, R²
for numbers. Sets with more rows are sampled, and the table says so. Beside them, with the same columns (those the
table estimator kept) and the same rows: scikit-learn's MLP, of the same layers, on scaled numbers and one-hot
categories, stopping early, and HistGradientBoosting as it comes. A fit of ours that takes longer than --seconds ends
with the epoch; the table marks it. One line of JSON per fit is added to --out; --show prints the table of such a file.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from clearprop import TableClassifier, TableRegressor
from clearprop.tables import Table, guess_task, read_table, split
from clearprop.training import Stopped

NETS = {"hidden_layer_sizes": (128, 64), "early_stopping": True, "n_iter_no_change": 20, "validation_fraction": 0.15}
MODELS = ("clearprop", "sklearn MLP", "HistGradientBoosting")


class Source(NamedTuple):
    """A set: its file, its target, its test file if it has one, and what is asked if the guess would be wrong."""

    file: str
    target: str
    test: str = ""
    task: str = ""


SETS = {
    "abalone": Source("abalone.csv", "rings", task="numbers"),
    "adult": Source("adult_train.csv", "income", "adult_test.csv"),
    "air_quality": Source("AirQualityUCI.csv", "CO(GT)"),
    "arcene": Source("arcene_train.csv.gz", "label", "arcene_valid.csv.gz"),
    "attrition": Source("attrition.csv", "Attrition"),
    "bank_marketing": Source("bank-full.csv", "y"),
    "bike_sharing_hour": Source("hour.csv", "cnt"),
    "california_housing": Source("housing.csv", "median_house_value"),
    "cells": Source("cells.csv", "class"),
    "churn_modelling": Source("Churn_Modelling.csv", "Exited"),
    "covtype_20k": Source("covtype_20k.csv.gz", "Cover_Type"),
    "cpu_act": Source("cpu_act.csv", "target", task="numbers"),
    "credit_default": Source("credit-card-clients.csv", "default payment"),
    "disability_temporary": Source("disability_temporary.csv.gz", "JobComebackType"),
    "higgs_7k": Source("higgs7k_train.csv", "label", "higgs7k_test.csv"),
    "insurance_charges": Source("insurance.csv", "charges"),
    "ionosphere": Source("ionosphere.csv", "class"),
    "kddcup99_10percent": Source("kddcup99_10percent.csv.gz", "label"),
    "letter": Source("letter.csv", "target"),
    "magic_telescope": Source("magic_telescope.csv", "target"),
    "mammography": Source("mammography.csv", "class"),
    "mpg": Source("mpg.csv", "mpg"),
    "mushroom": Source("mushroom.csv", "class"),
    "nsl_kdd": Source("KDDTrain_20Percent.csv.gz", "label"),
    "nycflights13": Source("", "arr_delay", task="numbers"),
    "optdigits": Source("optdigits.csv", "target"),
    "penguins": Source("penguins.csv", "species"),
    "phoneme": Source("phoneme.csv", "class"),
    "pima_diabetes": Source("pima_diabetes.csv", "class"),
    "skin_segmentation": Source("Skin_NonSkin.tsv.gz", "skin"),
    "sleep": Source("sleep.parquet", "target"),
    "sonar": Source("sonar.csv", "class"),
    "spambase": Source("spambase.csv", "spam"),
    "stackoverflow_remote": Source("stackoverflow_remote.csv", "Remote"),
    "titanic": Source("train.csv", "Survived"),
    "uci20_concrete": Source("data.txt", "", task="numbers"),
    "uci20_energy": Source("data.txt", "", task="numbers"),
    "uci20_kin8nm": Source("data.txt", "", task="numbers"),
    "uci20_power_plant": Source("data.txt", "", task="numbers"),
    "uci20_wine_quality_red": Source("data.txt", "", task="numbers"),
    "uci20_yacht": Source("data.txt", "", task="numbers"),
    "welch_sleep_study": Source("sleep_study.csv", "score", task="numbers"),
    "wine_quality_white": Source("wine_quality_white.csv", "quality", task="numbers"),
}


class Parts(NamedTuple):
    """The rows to train on and to score on, and what was done to get them."""

    train: Table
    test: Table
    target: str
    task: str
    note: str


def load(folder: Path, name: str) -> tuple[Table, Table | None, str]:
    """Return a set's table, its test table if it has one, and its target."""
    source, folder = SETS[name], folder / name
    if name.startswith("uci20"):
        numbers = np.loadtxt(folder / source.file)
        target = f"x{int((folder / 'index_target.txt').read_text())}"
        return read_table(numbers), None, target
    path = folder / source.file if source.file else next(p for p in sorted(folder.iterdir()) if p.suffix != ".md")
    table = read_table(path)
    if name != "adult":
        return table, read_table(folder / source.test) if source.test else None, source.target
    with tempfile.TemporaryDirectory() as temporary:  # the test file of Adult ends its labels with a full stop
        copy = Path(temporary) / source.test
        copy.write_text((folder / source.test).read_text().replace("K.\n", "K\n"))
        return table, read_table(copy), source.target


def parts_of(table: Table, test: Table | None, target: str, task: str, seed: int, most: int) -> Parts:
    """Part a set by a seed, after sampling what is larger than `most` rows."""
    notes = []
    n_all = len(table)
    table = table.drop_missing(target)
    if len(table) < n_all:
        notes.append(f"{n_all - len(table)} rows without target left out")
    task = task or guess_task(table.column(target))
    if len(table) > most:
        notes.append(f"{most} of {len(table)} rows drawn")
        table = table.take(np.sort(np.random.default_rng(seed).choice(len(table), most, replace=False)))
    if test is not None:
        return Parts(table, test, target, task, "; ".join([*notes, "own test file"]))
    by = {"stratify": target} if task == "classes" else {}
    chosen = split(table, 0.2, seed=(seed, 1), **by)
    return Parts(table.take(chosen.train), table.take(chosen.held), target, task, "; ".join(notes))


def fit_ours(parts: Parts, seed: int, seconds: float, settings: dict[str, Any]) -> tuple[Any, bool]:
    """Fit a table estimator; return it and whether the time ended it."""
    kind = TableClassifier if parts.task == "classes" else TableRegressor
    model = kind(parts.target, random_state=seed, max_seconds=seconds, **settings).fit(parts.train)
    return model, model.facts_.stopped == Stopped.TIME


def score(parts: Parts, model: Any, X: Any, y: Any) -> float:
    """Return the score on the test rows: area under the curve, accuracy or R²."""
    if parts.task == "numbers":
        return float(r2_score(y, model.predict(X)))
    if len(model.classes_) == 2:
        return float(roc_auc_score(y == model.classes_[1], model.predict_proba(X)[:, 1]))
    return float(accuracy_score(y, model.predict(X)))


def frame_of(table: Table, names: list[str]) -> pd.DataFrame:
    """Return the columns of these names: numbers, and categories as text."""
    columns = {}
    for name in names:
        column = table.column(name)
        if column.kind == "category":
            labels = np.array([*map(str, column.labels), "missing"], dtype=object)
            columns[name] = labels[column.values]
        else:
            columns[name] = column.values
    return pd.DataFrame(columns)


def theirs(task: str, frame: pd.DataFrame, y: Any, seed: int) -> dict[str, Any]:
    """Return scikit-learn's two, with the encoding each needs; no early stopping where it cannot split a rare class."""
    words = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    numbers = [name for name in frame if name not in words]
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=50, sparse_output=False)
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    dense = make_column_transformer((scaled, numbers), (one_hot, words))
    codes = make_column_transformer(("passthrough", numbers), (ordinal, words))
    net, boosting = (
        (MLPClassifier, HistGradientBoostingClassifier)
        if task == "classes"
        else (MLPRegressor, HistGradientBoostingRegressor)
    )
    rare = task == "classes" and np.unique(y, return_counts=True)[1].min() < 2
    stopping = {"early_stopping": False} if rare else {}
    return {
        "sklearn MLP": make_pipeline(dense, net(**NETS, random_state=seed)),
        "HistGradientBoosting": make_pipeline(codes, boosting(**stopping, random_state=seed)),
    }


def labels_of(table: Table, target: str) -> Any:
    """Return the target's cells as an array."""
    return np.array(table.column(target).cells())


def run(folder: Path, name: str, seed: int, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Return one record per model."""
    parts = parts_of(*load(folder, name), SETS[name].task, seed, arguments.most_rows)
    y, y_test = labels_of(parts.train, parts.target), labels_of(parts.test, parts.target)
    about = {"set": name, "seed": seed, "task": parts.task, "train": len(y), "test": len(y_test), "note": parts.note}
    about["classes"] = len(np.unique(y)) if parts.task == "classes" else 0
    before = time.process_time()
    model, late = fit_ours(parts, seed, arguments.seconds, arguments.settings)
    seconds = time.process_time() - before
    ours = {"model": "clearprop", "score": score(parts, model, parts.test, y_test), "seconds": seconds, "late": late}
    records = [about | ours | {"epochs": model.facts_.epochs}]
    if arguments.ours:
        return records
    names = list(model.schema_.names)
    X, X_test = frame_of(parts.train, names), frame_of(parts.test, names)
    for title, other in theirs(parts.task, X, y, seed).items():
        before = time.process_time()
        try:
            other.fit(X, y)
            found = {"score": score(parts, other, X_test, y_test)}
        except ValueError as error:
            found = {"score": None, "error": str(error).splitlines()[0]}
        records.append(about | {"model": title, "seconds": time.process_time() - before} | found)
    return records


def show(path: Path) -> None:
    """Print the table of a file of records."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for line in path.read_text().splitlines():
        record = json.loads(line)
        found[record["set"]][record.get("model", "error")].append(record)
    print(f"| set | score | rows: train, test | {' | '.join(MODELS)} | remarks |")
    print(f"| --- | --- | --- | {' | '.join('---:' for _ in MODELS)} | --- |")
    for name, models in sorted(found.items()):
        if "error" in models:
            print(f"| {name} | | | {' | '.join('' for _ in MODELS)} | {models['error'][0]['error']} |")
            continue
        first = models["clearprop"][0]
        kind = "R²" if first["task"] == "numbers" else "AUC" if first["classes"] == 2 else "accuracy"
        late = " time was up" if any(record["late"] for record in models["clearprop"]) else ""
        cells = " | ".join(_cell(models[model]) for model in MODELS)
        print(f"| {name} | {kind} | {first['train']}, {first['test']} | {cells} | {first['note']}{late} |")


def _cell(records: list[dict[str, Any]]) -> str:
    scores = [record["score"] for record in records if record["score"] is not None]
    if not scores:
        return records[0]["error"] if records else ""
    spread = f" ± {statistics.stdev(scores):.3f}" if len(scores) > 1 else ""
    return f"{statistics.mean(scores):.3f}{spread} ({len(scores)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=list(SETS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--most-rows", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--out", type=Path, default=Path("tables.jsonl"))
    parser.add_argument("--show", type=Path)
    parser.add_argument("--ours", action="store_true", help="leave scikit-learn's models out")
    parser.add_argument("--settings", type=json.loads, default={}, help="of the table estimators, as JSON")
    arguments = parser.parse_args()
    if arguments.show:
        show(arguments.show)
        return
    warnings.simplefilter("ignore")
    for seed in range(arguments.seeds):
        for name in arguments.only:
            try:
                records = run(arguments.folder, name, seed, arguments)
            except Exception as error:  # a set that fails is a result, and the others go on
                records = [{"set": name, "seed": seed, "error": f"{type(error).__name__}: {error}"}]
            with arguments.out.open("a") as file:
                file.writelines(json.dumps(record) + "\n" for record in records)
            print(*(f"{r['set']} {r.get('model')} {r.get('score')} {r.get('error', '')}" for r in records), sep="\n")


if __name__ == "__main__":
    main()
