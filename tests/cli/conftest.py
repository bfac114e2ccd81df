"""Run commands as a user does, in a folder of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from clearprop.cli.app import run


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict:
        """The one JSON object on stdout."""
        return json.loads(self.out)


@pytest.fixture
def clearprop(tmp_path, monkeypatch, capsys):
    """Return a function that runs ``clearprop ...`` in a fresh folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: str) -> Result:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def houses(tmp_path):
    """Write a table of 300 rows with numbers, a category, missing cells and a number to predict."""
    rng = np.random.default_rng(0)
    rooms, age = rng.integers(1, 9, 300), rng.uniform(0, 80, 300)
    town = rng.choice(["north", "south", "east"], 300)
    price = 50 * rooms - age + np.where(town == "south", 60, 0) + rng.normal(size=300)
    lines = [
        f"{r},{'' if i % 17 == 0 else f'{a:.1f}'},{t},{p:.2f}"
        for i, (r, a, t, p) in enumerate(zip(rooms, age, town, price, strict=True))
    ]
    path = tmp_path / "houses.csv"
    path.write_text("rooms,age,town,price\n" + "\n".join(lines) + "\n")
    return path
