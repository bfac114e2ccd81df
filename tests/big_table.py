"""A CSV of five million rows, for the tests of what a large file takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

N = 5_000_000


def write_big_table(path: Path) -> None:
    """Write twelve numbers, a category of 300 labels, a date and the classes y: about 550 MB."""
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
