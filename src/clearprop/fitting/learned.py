"""What a schema was learned for, and what it keeps of held-out rows: all that an answer needs of a training."""

from __future__ import annotations

from typing import TypeVar

from clearprop.errors import UsageError
from clearprop.tables import Schema
from clearprop.tables.encodings import ClassTarget, NumberTarget
from clearprop.tables.encodings.held import HeldErrors, HeldScores
from clearprop.uncertainty import enough_rows

Kept = TypeVar("Kept", HeldErrors, HeldScores)


def class_target(schema: Schema) -> ClassTarget:
    """Return the target of a schema that was learned for classes."""
    assert isinstance(schema.target, ClassTarget), "the schema was learned for classes"
    return schema.target


def number_target(schema: Schema) -> NumberTarget:
    """Return the target of a schema that was learned for numbers."""
    assert isinstance(schema.target, NumberTarget), "the schema was learned for numbers"
    return schema.target


def enough_held(held: Kept | None, level: float) -> Kept:
    """Return what was kept of held-out rows.

    Raises
    ------
    UsageError
        If there is too little of it for a level, or it is no level.
    """
    if not 0 < level < 1:
        raise UsageError(f"level must be between 0 and 1, such as 0.9, got {level!r}.")
    needed = enough_rows(level)
    if held is None or held.n_rows < needed:
        there = "none were" if held is None else f"{held.n_rows} were"
        raise UsageError(
            f"to be {level:g} sure takes {needed} rows that were held out from training, {there}; train with members=8 "
            "(--members 8), which holds out every row once, or on more rows."
        )
    return held
