"""Five million rows within 1 GB: the whole process, to the last block of an epoch, and to a trained network."""

import os
import subprocess
import sys

import numpy as np
import pytest

from big_table import N, write_big_table

LIMIT = 1_000_000  # kB

BLOCKS = """
import resource, sys
from clearprop.tables import learn_schema, shuffled_blocks, split, stream_table

with stream_table(sys.argv[1]) as table:
    parts = split(table, 0.1, stratify="y")
    schema = learn_schema(table, "y", rows=parts.train)
    n = sum(len(schema.encode(table.take(rows), "float32")) for rows in shuffled_blocks(parts.train))
print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

TRAINING = """
import resource, sys
from clearprop import TableClassifier

model = TableClassifier("y", n_epochs=2).fit(sys.argv[1])
assert model.history_["validation_metric"][-1] > 0.95, model.history_
assert model.facts_.validation_rows == 100_000
print(model.facts_.training_rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(model.facts_.seconds, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def big_table(tmp_path_factory):
    path = tmp_path_factory.mktemp("big") / "big.csv"
    write_big_table(path)
    yield path
    path.unlink()


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux only")
@pytest.mark.parametrize(("program", "n_expected"), [(BLOCKS, 0.9 * N), (TRAINING, N - 100_000)])
def test_five_million_rows_within_one_gigabyte(big_table, program, n_expected):
    command = [sys.executable, "-c", program, str(big_table)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    n, peak = map(int, done.stdout.split())
    print(f"{n} rows, {peak} kB at the peak; {done.stderr}")
    assert n == n_expected
    assert peak < LIMIT


PASSING = """
import sys
import clearprop.cli._models, clearprop.cli.app, clearprop.estimators.persistence, duckdb
from clearprop.cli._reading import Reading, rows_for

def peak():
    with open("/proc/self/status") as status:  # ru_maxrss may be that of the process that started this one
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

before = peak()
model = clearprop.cli._models.load_table_estimator(sys.argv[1])
with rows_for(model, sys.argv[2], Reading.of({}), keep_empty=False) as table:
    assert model.evaluate(table).n_rows == len(table)
print(len(table), peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is of Linux")
def test_rows_that_are_scored_and_forgotten_take_little_memory(tmp_path):
    """A row of the file takes some numbers at the end, not the Python objects of its cells."""
    from clearprop import TableClassifier

    rng = np.random.default_rng(0)
    path, n = tmp_path / "t.csv", 800_000
    words = np.array(["yes", "no"])[rng.integers(2, size=n)]
    x = rng.normal(size=(n, 3)).round(4).tolist()
    path.write_text("a,b,c,y\n" + "".join(f"{a},{b},{c},{w}\n" for (a, b, c), w in zip(x, words, strict=True)))
    some = {"a": rng.normal(size=100), "b": rng.normal(size=100), "c": rng.normal(size=100), "y": words[:100]}
    TableClassifier("y", hidden=(4,), n_epochs=2).fit(some).save(tmp_path / "m.safetensors")
    command = [sys.executable, "-c", PASSING, str(tmp_path / "m.safetensors"), str(path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    n_read, grown = map(int, done.stdout.split())
    assert n_read == n
    assert grown < 110_000, f"{grown} kB on top"
