"""Whether calibrated probabilities hold better than a network's own, on every table of classes of a folder.

    python benchmarks/calibration.py FOLDER --out FILE [--only NAME ...] [--seeds 3] [--rows 1500] [--members 1 8]
    python benchmarks/calibration.py --show FILE

FOLDER holds one folder per set, as `tables.SETS` names them. At most --rows rows are drawn to train on, by each seed;
4,000 others at most are judged. Each network is trained with calibration="none" and as it comes. One line of JSON per
pair is added to --out: log loss and expected calibration error (15 bins of the probability of the answer) of both, and
how often sets of classes of 90 % hold the true one. --show prints them by table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from by_table import drawn, main, recorded

from clearprop import TableClassifier
from clearprop.errors import ClearpropError
from clearprop.examination.sure import calibration_error
from tables import SETS, load, parts_of

JUDGED = 4000
NUMBERS = ("air_quality", "bike_sharing_hour", "california_housing", "insurance_charges", "mpg")
NAMES = [
    name for name, source in SETS.items()
    if source.task != "numbers" and name not in (*NUMBERS, "arcene", "kddcup99_10percent", "disability_temporary")
]  # fmt: skip


def run(folder: Path, name: str, seed: int, rows: int, members: int) -> dict[str, Any]:
    """Return one record."""
    table, test, target = load(folder, name)
    parts = parts_of(table, test, target, SETS[name].task, seed, 5 * rows)
    train, judge = drawn(parts, seed, rows, JUDGED)
    record: dict[str, Any] = {"table": name, "seed": seed, "members": members, "rows": len(train)}
    for word in ("none", "auto"):
        model = TableClassifier(parts.target, members=members, random_state=seed, calibration=word).fit(train)
        known = np.isin(np.array(judge.column(parts.target).cells(), str), model.classes_.astype(str))
        some = judge.take(np.flatnonzero(known))
        codes, P = model.schema_.encode_target(some), model.predict_proba(some)
        record[word] = {
            "log_loss": model.evaluate(some).scores["log_loss"], "error": calibration_error(P, codes),
            "did": model.facts_.calibration,
        }  # fmt: skip
        try:
            sets = model.predict_set(some, 0.9)
            record[word] |= {
                "held": float(sets[np.arange(len(codes)), codes].mean()),
                "size": float(sets.sum(1).mean()),
            }
        except ClearpropError:
            pass  # too few rows were held out
    return record


def show(path: Path) -> None:
    """Print the figures by table, the mean over the seeds."""
    found = recorded(path)
    print("| members | table | log loss | calibrated | error | calibrated | done | sets hold | classes in a set |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for (members, table), records in sorted(found.items()):
        mean = {
            (word, of): np.mean([one[word].get(of, np.nan) for one in records])
            for word in ("none", "auto") for of in ("log_loss", "error", "held", "size")
        }  # fmt: skip
        done = sum(one["auto"]["did"] is not None for one in records)
        print(
            f"| {members} | {table} | {mean['none', 'log_loss']:.4f} | {mean['auto', 'log_loss']:.4f} | "
            f"{mean['none', 'error']:.4f} | {mean['auto', 'error']:.4f} | {done} of {len(records)} | "
            f"{mean['auto', 'held']:.3f} | {mean['auto', 'size']:.2f} |"
        )


if __name__ == "__main__":
    main(__doc__, NAMES, 3, run, show)
