"""Five files in the likeness of those that people have go from `inspect` to `report` with the options it names."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

import numpy as np
import pytest

N = 120


def _prices(rng):
    """Prices with dollars and marks of thousands; the names stand there again in the middle."""
    rows = [f'{k},"${10 * u:,.2f}",{"ab"[k % 2]},{u:.3f}' for k, u in enumerate(rng.gamma(3, 90, N))]
    names = "id,price,colour,y"
    return [names, *rows[:70], names, *rows[70:]], "y", N


def _titles(rng):
    """A title above the names, semicolons, and commas for decimals."""
    rows = [f"S{k % 3};{u:.2f};{2 * u:.2f}".replace(".", ",") for k, u in enumerate(rng.normal(size=N))]
    return ["Exported by a tool;;", ";;", "station;level;y", *rows], "y", N


def _percents(rng):
    rows = [f"{u:.1f}%,k{k % 4},{'yes' if u > 50 else 'no'}" for k, u in enumerate(rng.uniform(0, 100, N))]
    return ["share,kind,y", *rows], "y", N


def _nameless(rng):
    """No names, and a missing cell as a database writes it."""
    missing = "\\N"
    cells = [(u, missing if k % 9 == 0 else k % 7) for k, u in enumerate(rng.normal(size=N))]
    return [f"{u:.2f},{cell},{'p' if u > 0 else 'n'}" for u, cell in cells], "column_3", N


def _blanks(rng):
    rows = [f"  {u:7.3f}   {v:6.2f}  {u + v:8.3f}" for u, v in rng.normal(size=(N, 2))]
    return ["     x       z         y", *rows], "y", N


FILES = {"prices": _prices, "titles": _titles, "percents": _percents, "nameless": _nameless, "blanks": _blanks}


def clearprop(folder, *words):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "200"}
    command = [sys.executable, "-m", "clearprop", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", FILES)
def test_a_file_goes_from_inspect_to_report_with_the_options_that_inspect_names(tmp_path, name):
    lines, target, n = FILES[name](np.random.default_rng(0))
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    seen = clearprop(tmp_path, "inspect", "t.csv", "--target", target)
    named = next(line for line in seen.splitlines() if line.startswith("read as: "))
    options = shlex.split(named.removeprefix("read as: "))
    trained = ("t.csv", "--target", target, "--epochs", "3", "--quiet", "--out", "m.safetensors")
    clearprop(tmp_path, "train", *trained, *options)
    assert json.loads(clearprop(tmp_path, "evaluate", "m.safetensors", "t.csv", "--json"))["rows"] == n
    clearprop(tmp_path, "report", "m.safetensors", "t.csv", "--out", "r.html")
    assert "<html" in (tmp_path / "r.html").read_text()[:1000]
