"""The page of reliability counts what there is: a figure that has grown old fails here."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_the_hostile_files_are_counted(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "tests" / "files"), *sys.path])
    from hostile_files import HOSTILE

    assert f"| {len(HOSTILE)} files |" in PAGE


def test_the_hostile_foreign_files_are_counted(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "tests" / "adopt"), *sys.path])
    from foreign_files import corpus

    assert f"| {len(corpus())} foreign files |" in PAGE


def test_the_golden_files_are_counted():
    names = [path.name for path in (ROOT / "tests" / "golden").glob("*.safetensors")]
    checkpoints = [name for name in names if "-checkpoint-" in name]
    assert f"schema {' and '.join(sorted({name[:3] for name in names}))}, " in PAGE
    assert f"{len(names) - len(checkpoints)} models and {len(checkpoints)} checkpoints" in PAGE


def test_the_resumed_configurations_are_counted(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "tests" / "fitting"), *sys.path])
    from test_checkpoints import CONFIGURATIONS, TRIED

    assert f"all {2 * len(TRIED) * len(CONFIGURATIONS):,} configurations" in PAGE
