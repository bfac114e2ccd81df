"""How often 90 % intervals of the table estimators hold the number, on every table of a folder.

    python benchmarks/intervals.py FOLDER --out FILE [--only NAME ...] [--seeds 5] [--rows 1500] [--members 1 8]
    python benchmarks/intervals.py --show FILE

FOLDER holds one folder per set, as `tables.SETS` names them; besides their own targets, columns of numbers of other
sets are predicted. At most --rows rows are drawn to train on, by each seed, and as many to judge by. One line of JSON
per fit is added to --out: the share of the judged rows in their interval, its mean width over the spread of the target,
and the share within ±1.645 of `return_std`. --show prints them by table, and their mean, for each number of members.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from by_table import drawn, main, recorded

from clearprop import TableRegressor
from tables import SETS, load, parts_of

LEVEL, NORMAL = 0.9, 1.6449
OWN = [name for name, source in SETS.items() if source.task == "numbers" and name != "welch_sleep_study"]
OWN += ["air_quality", "bike_sharing_hour", "california_housing", "insurance_charges", "mpg"]
OTHERS = {
    "penguins": "body_mass_g", "titanic": "Fare", "adult": "age", "attrition": "MonthlyIncome", "phoneme": "v3",
    "pima_diabetes": "bmi", "churn_modelling": "Age", "magic_telescope": "FLength", "mammography": "attr4",
    "bank_marketing": "age", "skin_segmentation": "G",
}  # fmt: skip
"""Sets of classes, and the column of numbers that is predicted in their place."""

WORDS = {
    "coverage": "covered", "width / σ": "width", "of cv+": "covered_by_plus", "width": "width_of_plus",
    "±1.645 std": "covered_by_std",
}  # fmt: skip


def run(folder: Path, name: str, seed: int, rows: int, members: int) -> dict[str, Any]:
    """Return one record."""
    table, test, target = load(folder, name)
    parts = parts_of(table, None if name in OTHERS else test, OTHERS.get(name, target), "numbers", seed, 5 * rows)
    train, judge = drawn(parts, seed, rows, rows)
    began = time.perf_counter()
    model = TableRegressor(parts.target, members=members, random_state=seed).fit(train)
    seconds = time.perf_counter() - began
    y = judge.column(parts.target).values
    (low, high), (lower, upper) = (model.predict_interval(judge, LEVEL, method).T for method in ("cv", "cv+"))
    mean, std = model.predict(judge, return_std=True)
    return {
        "table": f"{name}, {parts.target}", "seed": seed, "members": members, "rows": len(train), "judged": len(y),
        "covered": float(np.mean((low <= y) & (y <= high))), "width": float(np.mean(high - low) / y.std()),
        "covered_by_plus": float(np.mean((lower <= y) & (y <= upper))),
        "width_of_plus": float(np.mean(upper - lower) / y.std()),
        "covered_by_std": float(np.mean(np.abs(y - mean) <= NORMAL * std)), "seconds": seconds,
    }  # fmt: skip


def show(path: Path) -> None:
    """Print coverage by table, and what all tables come to."""
    found = recorded(path)
    print("| members | table | rows | " + " | ".join(WORDS) + " |\n| ---: | --- " + "| ---: " * (1 + len(WORDS)) + "|")
    for members in sorted({k for k, _ in found}):
        means: list[list[float]] = []
        for (_, table), records in sorted(pair for pair in found.items() if pair[0][0] == members):
            means.append([float(np.mean([one[word] for one in records])) for word in WORDS.values()])
            print(f"| {members} | {table} | {records[0]['rows']} | " + " | ".join(f"{m:.3f}" for m in means[-1]) + " |")
        for title, of in (("mean", np.mean), ("least", np.min)):
            figures = " | ".join(f"{figure:.3f}" for figure in of(means, axis=0))
            print(f"| {members} | {title} of {len(means)} | | {figures} |")


if __name__ == "__main__":
    main(__doc__, [*OWN, *OTHERS], 5, run, show)
