"""The study that led to the efforts of the table estimators: one change at a time, on one half of the tables.

    python benchmarks/quality_study.py FOLDER --out FILE [--half tune] [--rows 1500] [--seeds 1] [--recipes R ...]
    python benchmarks/quality_study.py --show FILE [--against BASE]

FOLDER and the halves are those of `quality.py`, and so are the errors. What FILE has is not done again: add a recipe,
and call it once more. Each line keeps the outputs on the test rows, and those of all training rows out of fold, so that
mixtures and choices by out-of-fold error can be judged later, without a fit.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from quality import SMALLEST, error_of, half_of, others, standings
from quality_recipes import TRIED

from clearprop import TableClassifier, TableRegressor
from clearprop.fitting.held import held_answers
from clearprop.fitting.members import out_of_fold
from tables import SETS, Parts, frame_of, labels_of, load, parts_of

SLOW_TO_READ = ("arcene",)  # 10,000 columns of 100 rows
KINDS = ("all", "numbers", "two", "more")
PEERS = ("linear", "HistGradientBoosting", "LightGBM", "CatBoost", "RealMLP-TD-S", "RealMLP-TD", "TabM")


def part(folder: Path, name: str, seed: int, rows: int) -> Parts:
    """Return the rows to train and to score on."""
    parts = parts_of(*load(folder, name), SETS[name].task, seed, rows * 5 // 4)
    train = parts.train
    if len(train) > rows:
        train = train.take(np.sort(np.random.default_rng(seed).choice(len(train), rows, replace=False)))
    return parts._replace(train=train)


def measure(parts: Parts, recipe: str, seed: int) -> dict[str, Any]:
    """Return the error, the time and the outputs of a recipe."""
    kind = TableClassifier if parts.task == "classes" else TableRegressor
    model = kind(parts.target, **{"random_state": seed, "n_threads": 1, "certify": False} | TRIED[recipe])
    began, used = time.perf_counter(), time.process_time()
    job = model.prepare(parts.train)
    model.train(job)
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}
    found = {"error": error_of(parts, model, parts.test, labels_of(parts.test, parts.target))}
    found["test"] = _short(model.predict_outputs(parts.test))
    found["y_test"] = _short(model.schema_.encode_target(parts.test.with_classes(parts.target)
                                                         if parts.task == "classes" else parts.test))  # fmt: skip
    if job.shares:
        places, outputs = out_of_fold(job, held_answers(job, model.sessions()))
        found |= {"oof": _short(outputs), "y": _short(job.rows.Y[places])}
    return took | found


def _short(a: Any) -> Any:
    return np.round(np.asarray(a, np.float64), 5).tolist()


def run(folder: Path, out: Path, names: list[str], seeds: int, rows: int, recipes: list[str]) -> None:
    """Add what is not there yet."""
    done = {(r["set"], r["seed"], r["model"]) for r in records(out)}
    for seed in range(seeds):
        for name in names:
            wanted = [recipe for recipe in recipes if (name, seed, recipe) not in done]
            if not wanted:
                continue
            parts = part(folder, name, seed, rows)
            about = {"set": name, "seed": seed, "task": parts.task, "rows": len(parts.train)}
            for recipe in [one for one in wanted if one not in PEERS]:
                add(out, about | {"model": recipe} | measure(parts, recipe, seed))
            if set(wanted) & set(PEERS):
                kept = list(TableClassifier(parts.target).reader().with_target(parts.train, None)[0].names)
                kept.remove(parts.target)
                frame, test = frame_of(parts.train, kept), frame_of(parts.test, kept)
                y, y_test = labels_of(parts.train, parts.target), labels_of(parts.test, parts.target)
                for title, peer in others(parts, frame, y, seed).items():
                    if title in wanted:
                        began, used = time.perf_counter(), time.process_time()
                        peer.fit(frame, y)
                        took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}
                        add(out, about | {"model": title, "error": error_of(parts, peer, test, y_test)} | took)


def add(out: Path, record: dict[str, Any]) -> None:
    """Append a record, and say it in short."""
    with out.open("a") as file:
        file.write(json.dumps(record) + "\n")
    print(
        record["set"], record["seed"], record["model"], round(record["error"], 4), round(record["cpu"], 2), flush=True
    )


def records(path: Path) -> list[dict[str, Any]]:
    """Return what a file has."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def show(path: Path, against: str) -> None:
    """Print, for each recipe, its error over that of one of them on the sets both have, by kind of target."""
    errors: dict[str, dict[tuple[str, int], float]] = defaultdict(dict)
    cpu: dict[str, list[float]] = defaultdict(list)
    kinds: dict[tuple[str, int], str] = {}
    for record in records(path):
        place = record["set"], record["seed"]
        errors[record["model"]][place] = max(record["error"], SMALLEST)
        cpu[record["model"]].append(record["cpu"])
        if "test" in record:
            wide = len(record["test"][0])
            kinds[place] = "numbers" if record["task"] == "numbers" else "two" if wide <= 2 else "more"
    print(f"| recipe | / {against} | numbers | two classes | more classes | better, worse | CPU s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    rows = []
    for recipe, found in errors.items():
        ratio = {place: found[place] / errors[against][place] for place in found if place in errors[against]}
        means = [
            _mean([r for p, r in ratio.items() if k in ("all", kinds.get(p))])
            for k in ("all", "numbers", "two", "more")
        ]
        better = sum(r < 0.995 for r in ratio.values()), sum(r > 1.005 for r in ratio.values())
        rows.append((means, recipe, better, len(ratio), float(np.mean(cpu[recipe]))))
    for means, recipe, (better, worse), n, seconds in sorted(rows):
        print(f"| {recipe} | {' | '.join(f'{m:.3f}' for m in means)} | {better}, {worse} of {n} | {seconds:.2f} |")
    _compare(errors)


def _compare(errors: dict[str, dict[tuple[str, int], float]]) -> None:
    """Print the errors, means over the seeds, where all have them; and how far each is from the best of each set."""
    places = set.intersection(*(set(found) for found in errors.values()))
    names = sorted({name for name, _ in places})
    sets = [
        {recipe: float(np.mean([found[p] for p in places if p[0] == name])) for recipe, found in errors.items()}
        for name in names
    ]
    print(f"\n| set | {' | '.join(errors)} |\n| --- | {' | '.join('---:' for _ in errors)} |")
    for name, found in zip(names, sets, strict=True):
        print(f"| {name} | {' | '.join(f'{found[recipe]:.4f}' for recipe in errors)} |")
    print("\n| recipe | error / best | mean rank |\n| --- | ---: | ---: |")
    for recipe, far, rank in standings(sets):
        print(f"| {recipe} | {far:.3f} | {rank:.2f} |")


def _mean(ratios: list[float]) -> float:
    return float(np.exp(np.mean(np.log(ratios)))) if ratios else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--out", type=Path, default=Path("study.jsonl"))
    parser.add_argument("--half", choices=("tune", "judge"), default="tune")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--recipes", nargs="*", default=[*TRIED, *PEERS])
    parser.add_argument("--show", type=Path)
    parser.add_argument("--against", default="quick")
    arguments = parser.parse_args()
    if arguments.show:
        show(arguments.show, arguments.against)
        return
    warnings.simplefilter("ignore")
    names = [name for name in arguments.only or SETS if half_of(name) == arguments.half and name not in SLOW_TO_READ]
    run(arguments.folder, arguments.out, names, arguments.seeds, arguments.rows, arguments.recipes)


if __name__ == "__main__":
    main()
