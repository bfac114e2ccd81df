"""What it costs to read a table of very many columns, and to answer one of very many rows.

    python benchmarks/reading_cost.py [--rows 2000000]

Each line is a process of its own: seconds on the clock and of processors after the imports, and the largest memory of
the whole process. Tables are drawn from a fixed seed into a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

READ = """
import resource, sys, time
from clearprop.tables import learn_schema, read_table
if sys.argv[2] == "frame":
    import pandas as pd
    made = pd.read_csv(sys.argv[1], engine="c", low_memory=False)
else:
    made = sys.argv[1]
clock, used = time.perf_counter(), time.process_time()
table = read_table(made, target="y")
read = time.perf_counter() - clock, time.process_time() - used
clock, used = time.perf_counter(), time.process_time()
learn_schema(table, "y").encode(table)
learned = time.perf_counter() - clock, time.process_time() - used
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{read[0]:.1f} s | {read[1]:.1f} s | {learned[1]:.1f} s | {memory:.0f} MB")
"""
ANSWER = """
import resource, sys
from clearprop.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
print(f"MEASURED{memory:.0f} MB, {used:.0f} s of processors", file=sys.stderr)
"""


def main() -> None:
    """Measure everything, and print two tables in Markdown."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=2_000_000)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("| table | reading, clock | reading, processors | schema and encoding | memory |\n|---|---|---|---|---|")
        for name, rows, columns, words in (
            ("text", 200, 2000, True), ("numbers", 100, 10_000, False), ("numbers", 100, 100_000, False),
        ):  # fmt: skip
            path = Path(folder) / "wide.csv"
            write_wide(path, rows, columns, words)
            print(f"| {columns} columns of {name}, {rows} rows, CSV | {measured(READ, path, 'file')} |", flush=True)
            if not words:
                print(f"| the same, as a frame of pandas | {measured(READ, path, 'frame')} |", flush=True)
        print("\n| command, on a table of ten columns | memory, time |\n|---|---|")
        long_table(Path(folder), asked.rows)


def long_table(folder: Path, n_rows: int) -> None:
    """Train on the first rows of a long table, and answer all of it."""
    write_long(folder / "long.csv", n_rows)
    with (folder / "long.csv").open() as file, (folder / "some.csv").open("w") as some:
        some.writelines(next(file) for _ in range(20_001))
    model = folder / "m.safetensors"
    trained = ("train", folder / "some.csv", "--target", "y", "--epochs", "3", "--quiet", "--out", model)
    measured(ANSWER, *trained)
    commands = {
        "predict": ("predict", model, folder / "long.csv", "--out", folder / "p.csv"),
        "evaluate": ("evaluate", model, folder / "long.csv"),
    }
    for name, words in commands.items():
        print(f"| {name}, {n_rows} rows | {measured(ANSWER, *words)} |", flush=True)


def measured(program: str, *words: str | Path) -> str:
    """Run a program in a process of its own and return what it measured."""
    source = Path(__file__).parent.parent / "src"
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stderr.rpartition("MEASURED")[2].strip() if "MEASURED" in done.stderr else done.stdout.strip()


def write_wide(path: Path, n_rows: int, n_columns: int, words: bool) -> None:
    """Write a table of words, some with a digit, or of numbers, and a target of two classes."""
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        file.write(",".join(f"c{k}" for k in range(n_columns)) + ",y\n")
        for row in range(n_rows):
            if words:
                cells = rng.choice(["red", "blue", "green", "x1", "y2"], n_columns).tolist()
            else:
                cells = [f"{u:.4f}" for u in rng.normal(size=n_columns)]
            file.write(",".join(cells) + f",{'no' if row % 2 else 'yes'}\n")


def write_long(path: Path, n_rows: int) -> None:
    """Write eight numbers, a category and a target of two classes a row."""
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        file.write(",".join(f"x{k}" for k in range(8)) + ",c,y\n")
        for start in range(0, n_rows, 100_000):
            n = min(100_000, n_rows - start)
            numbers, letters = rng.normal(size=(n, 8)), rng.choice(list("abcde"), n)
            file.writelines(
                ",".join(f"{u:.4f}" for u in row) + f",{letter},{'yes' if row[0] > 0 else 'no'}\n"
                for row, letter in zip(numbers.tolist(), letters.tolist(), strict=True)
            )


if __name__ == "__main__":
    main()
