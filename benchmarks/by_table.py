"""What `calibration.py` and `intervals.py` share: rows of every table, a line of JSON for each training."""

from __future__ import annotations

import argparse
import json
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.tables import Table
from tables import Parts

Record = dict[str, Any]


def drawn(parts: Parts, seed: int, to_train: int, to_judge: int) -> tuple[Table, Table]:
    """Return so many rows at most to train on, and to judge by."""
    rng = np.random.default_rng(seed)
    train, judge = (
        part.take(np.sort(rng.permutation(len(part))[:most]))
        for part, most in ((parts.train, to_train), (parts.test, to_judge))
    )
    return train, judge


def recorded(path: Path) -> dict[tuple[int, str], list[Record]]:
    """Return the records of a file by number of members and table."""
    found: dict[tuple[int, str], list[Record]] = defaultdict(list)
    for line in path.read_text().splitlines():
        record = json.loads(line)
        found[record["members"], record["table"]].append(record)
    return found


def main(
    about: str | None,
    names: Sequence[str],
    seeds: int,
    run: Callable[[Path, str, int, int, int], Record],
    show: Callable[[Path], None],
) -> None:
    """Add a line to --out for each seed, table and number of members; or show those of a file."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", type=Path)
    parser.add_argument("--only", nargs="*", default=names)
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--members", type=int, nargs="*", default=[1, 8])
    asked = parser.parse_args()
    if asked.show:
        show(asked.show)
        return
    warnings.simplefilter("ignore")
    for seed in range(asked.seeds):
        for name in asked.only:
            for members in asked.members:
                record = run(asked.folder, name, seed, asked.rows, members)
                with open(asked.out, "a") as file:
                    file.write(json.dumps(record) + "\n")
