"""The page of reliability counts what there is: a figure that has grown old fails here."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

from clearprop import mlp
from clearprop.engines import ENGINES
from clearprop.equations import RULES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_the_hostile_files_are_counted(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "tests" / "files"), *sys.path])
    from hostile_files import HOSTILE

    assert f"| {len(HOSTILE)} files |" in PAGE


def test_the_golden_files_are_counted():
    names = [path.name for path in (ROOT / "tests" / "golden").glob("1.0-*.safetensors")]
    checkpoints = [name for name in names if "-checkpoint-" in name]
    assert f"{len(names) - len(checkpoints)} models and {len(checkpoints)} checkpoints" in PAGE


def test_the_resumed_configurations_are_counted():
    """Rule × two rates of dropout × four schedules × two precisions, as in tests/estimators/test_checkpoints.py."""
    if ENGINES.keys() != {"numpy", "native"}:
        pytest.skip("no compiler was there for the native engine")
    network = mlp(4, 6, 1)
    n_rules = {
        name: sum(engine.why_not(network, RULES[rule](), np.dtype("float64")) is None for rule in RULES)
        for name, engine in ENGINES.items()
    }
    others = len(list(itertools.product((0.0, 0.3), range(4), ("float32", "float64"))))
    said = f"{others * sum(n_rules.values())} configurations ({n_rules['numpy']} rules on numpy, {n_rules['native']} on"
    assert said in PAGE
