"""Five million rows within 1 GB: the whole process, from opening the file to the last block of an epoch."""

import os
import subprocess
import sys

import numpy as np
import pytest

N = 5_000_000
LIMIT = 1_000_000  # kB

PROGRAM = """
import resource, sys
from clearprop.tables import learn_schema, shuffled_blocks, split, stream_table

with stream_table(sys.argv[1]) as table:
    parts = split(table, 0.1, stratify="y")
    schema = learn_schema(table, "y", rows=parts.train)
    n = sum(len(schema.encode(table.take(rows), "float32")) for rows in shuffled_blocks(parts.train))
print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def write(path):
    rng = np.random.default_rng(0)
    days = (np.datetime64("2015-01-01") + np.arange(2000)).astype(str)
    with path.open("w") as file:
        file.write(",".join([*(f"x{i}" for i in range(12)), "city", "day", "y"]) + "\n")
        for _ in range(N // 100_000):
            rows = rng.normal(size=(100_000, 12)).round(4).tolist()
            city, day = rng.integers(0, 300, 100_000), rng.integers(0, 2000, 100_000)
            file.writelines(
                f"{','.join(map(str, x))},city{c},{days[d]},{'yes' if x[0] + x[1] > 0 else 'no'}\n"
                for x, c, d in zip(rows, city, day, strict=True)
            )


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux only")
def test_five_million_rows_within_one_gigabyte(tmp_path):
    write(tmp_path / "big.csv")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "big.csv")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    n, peak = map(int, done.stdout.split())
    assert n == 4_500_000
    assert peak < LIMIT
