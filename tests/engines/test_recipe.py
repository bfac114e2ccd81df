"""CONTRIBUTING's "Add an engine", followed to the letter: the engine that stands there, and the contract over it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from clearprop import TableRegressor
from clearprop.engines import ENGINES, Request, choose
from clearprop.equations.optimizers import SGD
from clearprop.model import mlp

ROOT = Path(__file__).parents[2]
RECIPE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("### Add an engine")[1].split("\n### ")[0]
ENGINE = dedent(re.search(r"( +)```python\n(.*?)```", RECIPE, re.DOTALL)[2])
WRONG = """
class Wrong(type(ENGINES["twin"])):
    def open(self, request, parameters, seed):
        session = super().open(request, parameters, seed)
        right = session.gradients
        session.gradients = lambda *rows: (lambda J, g: (J, g.over(1.001 * g.vector)))(*right(*rows))
        return session


ENGINES["twin"] = Wrong()
"""


def contract(folder, program, *options):
    """Run the contract over the engine that a program puts in, in an interpreter of its own."""
    (folder / "added_engine.py").write_text(program, encoding="utf-8")
    paths = os.pathsep.join([str(folder), str(ROOT / "src")])
    files = sorted(map(str, (ROOT / "tests/engines").glob("test_contract*.py")))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "added_engine", "-p", "no:cacheprovider", *options, *files]
    environment = {k: v for k, v in os.environ.items() if k != "CLEARPROP_NO_SKIPS"} | {"PYTHONPATH": paths}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_the_engine_of_the_recipe_keeps_the_contract(tmp_path):
    """What it cannot do it refuses by name, and another does."""
    ran = contract(tmp_path, ENGINE, "-k", "twin and not float32")
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert int(re.search(r"(\d+) passed", ran.stdout)[1]) > 250
    assert "skipped" not in ran.stdout


def test_the_contract_sees_a_wrong_gradient(tmp_path):
    ran = contract(tmp_path, ENGINE + WRONG, "-k", "twin and float64 and gradients", "-x")
    assert ran.returncode == 1
    assert "AssertionError" in ran.stdout


@pytest.fixture
def added():
    """The engine of the recipe, and out again."""
    exec(compile(ENGINE, "CONTRIBUTING.md", "exec"), {})
    yield ENGINES["twin"]
    del ENGINES["twin"]


def test_it_is_found_by_name_everywhere(added):
    table = {"x": [0.0, 1.0, 2.0, 3.0], "y": [0.0, 1.0, 2.0, 3.0]}
    model = TableRegressor("y", hidden=(2,), engine="twin", precision="float64", n_epochs=1, validation=0).fit(table)
    assert model.facts_.engine == "twin"
    assert choose("twin", Request(mlp(2, 1), SGD(), "float64")).engine is added


def test_a_faster_one_that_cannot_is_told_as_the_reason(added):
    others = {name: ENGINES.pop(name) for name in list(ENGINES) if name != "twin"}
    ENGINES.update(others)  # the fastest stands first
    assert choose("auto", Request(mlp(2, 1), SGD(), "float64")).name == "twin"
    choice = choose("auto", Request(mlp(2, 1), SGD(), "float32"))
    assert choice.name == next(iter(others))
    assert choice.slower.startswith("the engine 'twin' cannot do precision=\"float32\"")
