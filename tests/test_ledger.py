"""The ledger: whatever has a name is proven and documented, or a test here fails.

The gradient matrix, the contract and the tests beside them go through the tables themselves; this file makes sure of
that, and that docs/equations.md knows every name.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import drawing
from clearprop.engines import ENGINES
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
    page = ROOT / "docs" / "equations.md"
    assert f"`{name}`" in page.read_text(encoding="utf-8"), f"docs/equations.md does not name the {kind} {name!r}"


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


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("equations/test_gradient_matrix.py", ("sorted(LOSSES)", "drawing.pairs()", "drawing.TRAINABLE")),
        ("equations/test_autograd.py", ("drawing.pairs()", "drawing.TRAINABLE")),
        ("equations/test_edges.py", ("drawing.pairs()", "in ACTIVATIONS")),
        ("equations/test_update_rules.py", ("sorted(RULES)",)),
        ("equations/test_schedule_values.py", ("sorted(SCHEDULES)",)),
        ("equations/test_chance.py", ("in INITIALIZERS",)),
        ("engines/test_contract.py", ("sorted(present())", "sorted(RULES)", "drawing.pairs()", "drawing.TRAINABLE")),
    ],
)
def test_the_proofs_go_through_the_tables(file, words):
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert not [word for word in words if word not in text]


def test_engines_are_listed_by_their_own_names():
    assert {engine.name for engine in ENGINES.values()} == set(ENGINES)
    assert "numpy" in ENGINES
