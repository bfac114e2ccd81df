"""90 % intervals of eight networks by folds, beside those of MAPIE's CV+ around the same networks (pip install mapie).

    python benchmarks/mapie_intervals.py FOLDER --out FILE [--only NAME ...] [--seeds 2] [--rows 1000]
    python benchmarks/mapie_intervals.py --show FILE

Tables and rows are those of `intervals.py`. MAPIE trains a network on all folds but one, eight times; each holds out
rows of its own to stop by; ours stops by the fold that it has not seen.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from by_table import drawn, main, recorded
from intervals import LEVEL, OTHERS, OWN
from mapie.regression import CrossConformalRegressor

from clearprop import TableRegressor
from clearprop.tables import Table
from tables import frame_of, load, parts_of

WORDS = {
    "coverage": "covered", "width / σ": "width", "MAPIE: coverage": "mapie_covered", "width": "mapie_width",
    "s": "seconds", "MAPIE: s": "mapie_seconds",
}  # fmt: skip


def run(folder: Path, name: str, seed: int, rows: int, members: int) -> dict[str, Any]:
    """Return one record."""
    table, test, target = load(folder, name)
    parts = parts_of(table, None if name in OTHERS else test, OTHERS.get(name, target), "numbers", seed, 5 * rows)
    train, judge = drawn(parts, seed, rows, rows)
    y = judge.column(parts.target).values
    began = time.perf_counter()
    model = TableRegressor(parts.target, members=members, random_state=seed).fit(train)
    ours = model.predict_interval(judge, LEVEL)
    seconds = time.perf_counter() - began
    names = [column for column in train.names if column != parts.target]
    theirs, mapie_seconds = _of_mapie(train, judge, names, parts.target, seed, members)
    return {"table": f"{name}, {parts.target}", "seed": seed, "members": members, "rows": len(train), "judged": len(y),
            **_judged("", ours, y), "seconds": seconds, **_judged("mapie_", theirs, y),
            "mapie_seconds": mapie_seconds}  # fmt: skip


def _of_mapie(
    train: Table, judge: Table, names: list[str], target: str, seed: int, folds: int
) -> tuple[np.ndarray, float]:
    began = time.perf_counter()
    network = TableRegressor(effort="quick", members=1, random_state=seed)
    around = CrossConformalRegressor(network, confidence_level=LEVEL, method="plus", cv=folds, random_state=seed)
    around.fit_conformalize(frame_of(train, names), train.column(target).values)
    found = around.predict_interval(frame_of(judge, names))[1][:, :, 0]
    return found, time.perf_counter() - began


def _judged(whose: str, interval: np.ndarray, y: np.ndarray) -> dict[str, float]:
    low, high = interval.T
    return {f"{whose}covered": float(np.mean((low <= y) & (y <= high))),
            f"{whose}width": float(np.mean(high - low) / y.std())}  # fmt: skip


def show(path: Path) -> None:
    """Print coverage and width by table, and what all tables come to."""
    print("| table | rows | " + " | ".join(WORDS) + " |\n| --- " + "| ---: " * (1 + len(WORDS)) + "|")
    means = []
    for (_, table), records in sorted(recorded(path).items()):
        means.append([float(np.mean([one[word] for one in records])) for word in WORDS.values()])
        print(f"| {table} | {records[0]['rows']} | " + " | ".join(f"{m:.3f}" for m in means[-1]) + " |")
    figures = " | ".join(f"{figure:.3f}" for figure in np.mean(means, axis=0))
    ratio = float(np.exp(np.mean([np.log(one[1] / one[3]) for one in means])))
    print(f"| mean of {len(means)}; ours is {ratio:.3f} times as wide, geometric mean | | {figures} |")


if __name__ == "__main__":
    main(__doc__, [*OWN, *OTHERS], 2, run, show)
