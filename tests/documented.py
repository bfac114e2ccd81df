"""What docs/equations.md says. A thing that is added while the tests run adds its row here."""

from __future__ import annotations

from pathlib import Path

EQUATIONS = (Path(__file__).parents[1] / "docs" / "equations.md").read_text(encoding="utf-8")


def add(row: str) -> None:
    """Add a row of a table."""
    global EQUATIONS
    EQUATIONS += f"\n{row}\n"
