"""Whether the best mean of several trials answers new rows better than as many networks of the best trial.

    python benchmarks/best_mean.py FOLDER --out FILE [--only NAME ...] [--seeds 1] [--rows 1500] [--members 8]
    python benchmarks/best_mean.py --show FILE

FOLDER holds one folder per set, as `tables.SETS` names them. `tune` tries 16 settings on three folds of at most --rows
rows, 20 epochs each; 4,000 others at most are judged, by log loss or root mean square error. One line of JSON for each
search is added to --out: the score of the model as asked for, of the best trial, of the best mean whatever speaks for
it, and whether `tune` takes it. --show prints them by table, as shares of the best trial's score.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from by_table import drawn, main, recorded
from sklearn.base import clone

from clearprop import TableClassifier, TableRegressor, tune
from clearprop.selection import search
from clearprop.tables import guess_task
from tables import SETS, load, parts_of

JUDGED = 4000
NAMES = ["abalone", "attrition", "california_housing", "churn_modelling", "insurance_charges", "ionosphere",
         "magic_telescope", "mpg", "phoneme", "titanic"]  # fmt: skip


def run(folder: Path, name: str, seed: int, rows: int, members: int) -> dict[str, Any]:
    """Return one record."""
    table, test, target = load(folder, name)
    parts = parts_of(table, test, target, SETS[name].task, seed, 5 * rows)
    train, judge = drawn(parts, seed, rows, JUDGED)
    of_classes = (SETS[name].task or guess_task(table.column(parts.target))) == "classes"
    kind, score = (TableClassifier, "log_loss") if of_classes else (TableRegressor, "rmse")
    asked = kind(parts.target, members=members, n_epochs=20, random_state=seed)
    verdicts: list[bool] = []

    def always(losses: Any, others: Any) -> bool:
        verdicts.append(bool((others - losses).mean() > (others - losses).std() / np.sqrt(len(losses))))
        return True

    with patch.object(search, "clearly_less", always):
        found = tune(asked, train, trials=16, folds=3)
    best = clone(asked).set_params(**found.best.settings).fit(train)
    scores = [model.evaluate(judge).scores[score] for model in (clone(asked).fit(train), best, found.model)]
    taken, mixed = bool(verdicts and verdicts[0]), found.mean is not None
    return {"table": name, "seed": seed, "members": members, "scores": scores, "mixed": mixed, "taken": taken}


def show(path: Path) -> None:
    """Print the shares by table, the geometric mean over the seeds."""
    print("| table | as asked | best mean | `tune` takes | taken |")
    print("| --- | ---: | ---: | ---: | ---: |")
    every = []
    for (_, table), records in sorted(recorded(path).items()):
        shares = np.array([
            [one["scores"][0] / one["scores"][1], mean := one["scores"][2] / one["scores"][1] if one["mixed"] else 1.0,
             mean if one["taken"] else 1.0] for one in records
        ])  # fmt: skip
        every.append(np.exp(np.log(shares).mean(axis=0)))
        taken = sum(one["taken"] for one in records)
        print(f"| {table} | {' | '.join(f'{share:.3f}' for share in every[-1])} | {taken} of {len(records)} |")
    print(f"| geometric mean | {' | '.join(f'{share:.3f}' for share in np.exp(np.log(every).mean(axis=0)))} | |")


if __name__ == "__main__":
    main(__doc__, NAMES, 1, run, show)
