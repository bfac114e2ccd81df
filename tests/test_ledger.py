"""The ledger: whatever has a name is proven and documented, or a test here fails.

The gradient matrix, the contract and the tests beside them go through the tables themselves. This file asks pytest what
tests there are, and misses none for a name that stands in a table; docs/equations.md must know every name too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import documented
import drawing
from clearprop.engines import ENGINES, present
from clearprop.equations import ACTIVATIONS, INITIALIZERS, LOSSES, RULES, SCHEDULES
from clearprop.equations.stages import STAGES

ROOT = Path(__file__).parents[1]
TABLES = {
    "activation": ACTIVATIONS,
    "loss": LOSSES,
    "rule": RULES,
    "schedule": SCHEDULES,
    "initializer": INITIALIZERS,
    "stage": STAGES,
}
NAMES = [(kind, name) for kind, table in TABLES.items() for name in table]


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_every_name_stands_in_the_documentation(kind, name):
    assert f"`{name}`" in documented.EQUATIONS, f"docs/equations.md does not name the {kind} {name!r}"


@pytest.mark.parametrize(("kind", "name"), [pair for pair in NAMES if pair[0] not in ("initializer", "stage")])
def test_every_entry_carries_its_name_and_its_equation(kind, name):
    entry = TABLES[kind][name]
    assert entry.name == name
    assert entry.formula if kind in ("activation", "loss") else entry.equation
    documented = type(entry) if kind == "activation" else entry
    assert documented.__doc__
    assert not documented.__doc__.startswith(f"{documented.__name__}("), f"{name} has no docstring of its own"


def test_every_loss_meets_an_output_and_every_trainable_activation_is_one():
    pairs = list(drawing.pairs())
    assert {loss for _, loss in pairs} == set(LOSSES)
    assert {output for output, _ in pairs} == set(drawing.TRAINABLE)
    assert set(drawing.TRAINABLE) == set(ACTIVATIONS) - {"step"}


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_a_canonical_activation_is_one_the_loss_accepts(loss):
    canonical = LOSSES[loss].canonical
    assert canonical is None or (canonical, loss) in drawing.pairs()


PROOFS = {
    "activation": (
        "equations/test_gradient_matrix.py", "equations/test_autograd.py", "equations/test_edges.py",
        "engines/test_contract.py",
    ),
    "loss": (
        "equations/test_gradient_matrix.py", "equations/test_autograd.py", "equations/test_edges.py",
        "model/test_curvature.py", "engines/test_contract.py",
    ),
    "rule": ("equations/test_update_rules.py", "engines/test_contract_steps.py"),
    "schedule": ("equations/test_schedule_values.py",),
    "initializer": ("equations/test_chance.py",),
    "stage": ("equations/test_stages.py",),
    "engine": (
        "equations/test_edges.py", "engines/test_contract.py", "engines/test_contract_steps.py",
        "engines/test_contract_state.py", "engines/test_contract_arrays.py",
    ),
}  # fmt: skip
"""The files in which each kind of thing is proven; every name of the kind is in the name of a test there."""


@pytest.fixture(scope="module")
def collected():
    """The tests that pytest would run, by file: for each the values that stand in its name."""
    files = sorted({f"tests/{file}" for files in PROOFS.values() for file in files})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout[-2000:]
    found = {}
    for file, values in re.findall(r"^tests/(\S+?\.py)::\w+\[(.*)\]$", said.stdout, re.MULTILINE):
        found.setdefault(file, []).append(set(values.split("-")))
    return found


@pytest.mark.parametrize("kind", PROOFS)
def test_every_name_is_in_a_test_of_every_file_that_proves_its_kind(kind, collected):
    names = {*(present() if kind == "engine" else TABLES[kind])} - {"step" if kind == "activation" else "zeros"}
    names -= {"jax"}  # whose tests are soaks, and of every run in a file of its own
    for file in PROOFS[kind]:
        assert names <= set().union(*collected[file]), file


@pytest.mark.parametrize("file", ["equations/test_gradient_matrix.py", "equations/test_edges.py"])
def test_every_pair_of_output_and_loss_is_a_test(file, collected):
    assert [pair for pair in drawing.pairs() if not any({*pair} <= values for values in collected[file])] == []


def test_engines_are_listed_by_their_own_names():
    assert {engine.name for engine in ENGINES.values()} == set(ENGINES)
    assert "numpy" in ENGINES
