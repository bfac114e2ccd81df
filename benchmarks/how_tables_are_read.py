"""How two versions of clearprop read the same tables: kinds of columns, columns of the network, notes.

    python benchmarks/how_tables_are_read.py FOLDER OTHER_SRC

FOLDER holds tables, CSV and gzipped CSV up to so many MB (``--largest 20``), in whatever folders below it. OTHER_SRC is
the `src` of another version, such as ``git archive e0a6095 src | tar -x -C other`` leaves it. Each version reads in a
process of its own; printed is a table in Markdown of the files that the two read differently, and how many they read
alike.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SHOWN = 4  # columns

READ = """
import json, sys, warnings
warnings.simplefilter("ignore")
from clearprop.tables import learn_schema, read_table
found = {}
for path in sys.argv[1:]:
    try:
        table = read_table(path)
        kinds = {name: column.kind for name, column in table.columns.items()}
        missing = {name: int(column.missing.sum()) for name, column in table.columns.items()}
        found[path] = {"rows": len(table), "kinds": kinds, "missing": missing, "notes": list(table.notes)}
        found[path]["inputs"] = learn_schema(table).inputs.n_columns
    except Exception as error:
        found.setdefault(path, {})["error"] = f"{type(error).__name__}: {error}"[:200]
print(json.dumps(found))
"""


def main() -> None:
    """Read the tables by both versions, and show what differs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("other", type=Path)
    arguments.add_argument("--largest", type=float, default=20, metavar="MB")
    asked = arguments.parse_args()
    files = [path for ending in ("*.csv", "*.csv.gz") for path in sorted(asked.folder.rglob(ending))]
    files = [path for path in files if path.stat().st_size <= asked.largest * 1e6]
    here = Path(__file__).parent.parent / "src"
    before, now = (read_by(source, files) for source in (asked.other, here))
    rows = [(path, what_changed(before[str(path)], now[str(path)])) for path in files]
    print("| table | rows | inputs | columns whose kind or missing cells changed | notes |\n|---|---|---|---|---|")
    for path, changed in rows:
        if changed:
            print(f"| {path.relative_to(asked.folder)} | {changed} |")
    print(f"\n{sum(not changed for _, changed in rows)} of {len(rows)} tables are read as before, note for note.")


def read_by(source: Path, files: list[Path]) -> dict[str, Any]:
    """Return what one version makes of the files."""
    command = [sys.executable, "-c", READ, *map(str, files)]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(source)}, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def what_changed(before: dict[str, Any], now: dict[str, Any]) -> str:
    """Return the cells of a row of the table; "" where nothing changed."""
    if before == now:
        return ""
    if "rows" not in before or "rows" not in now:
        return f"| | {before.get('error', 'read')} → {now.get('error', 'read')} |"
    names = {**before["kinds"], **now["kinds"]}
    changed = [column(name, before, now) for name in names]
    shown = [text for text in changed if text]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    counts = [f"{before.get(key)} → {now.get(key)}" if before.get(key) != now.get(key) else str(now.get(key))
              for key in ("rows", "inputs")]  # fmt: skip
    notes = f"{len(before['notes'])} → {len(now['notes'])}"
    return " | ".join([*counts, "; ".join(shown[:SHOWN]) + more, notes])


def column(name: str, before: dict[str, Any], now: dict[str, Any]) -> str:
    """Return how one column changed, "" if it did not."""
    first, second = ((found["kinds"].get(name, "left out"), found["missing"].get(name)) for found in (before, now))
    if first == second:
        return ""
    if first[0] == second[0]:
        return f"{name}: {first[1]} → {second[1]} missing"
    return f"{name}: {first[0]} → {second[0]}"


if __name__ == "__main__":
    main()
