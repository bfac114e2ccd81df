"""Part the rows of a table into those to train on, those to validate on, and those held out to the end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError, UsageError
from clearprop.fitting.recipe import Recipe
from clearprop.tables import Split, StreamedTable, Table, split

Array = NDArray[Any]

FEWEST_HELD = 10  # rows; to stop by fewer is to stop by chance
MOST_HELD = 100_000  # rows; more say no more of when to stop
TEST_DRAW = 1  # the validation rows are draw 0
MOST_TESTED = 100_000  # test rows of a streamed table, which are in memory while they are scored


def hold_out(
    recipe: Recipe, table: Table, target: str, share: float, pool: Array | None, classes: bool
) -> tuple[Array | None, Array | None]:
    """Return the rows of the pool, None for all, that are left to train on, and those held out to the end.

    Parameters
    ----------
    share : float
        Of the rows, to hold out; 0 for none.
    classes : bool
        Whether the target is of classes, whose shares are kept.

    Raises
    ------
    UsageError
        If that is no share.
    """
    if not 0 <= share < 1:
        raise UsageError(f"test must be a share of the rows in [0, 1), got {share!r}.")
    if not share:
        return pool, None
    parts = split(table, share, rows=pool, seed=(recipe.seed, TEST_DRAW), **_by(recipe, target, classes))
    few = isinstance(table, StreamedTable) and len(parts.held) > MOST_TESTED
    return parts.train, parts.held[:: -(-len(parts.held) // MOST_TESTED)] if few else parts.held


def part_rows(
    recipe: Recipe, table: Table, target: str, weights: Array | None, pool: Array | None, classes: bool
) -> Split:
    """Return the parts of the rows of the pool, None for all; a row without weight is in neither.

    Parameters
    ----------
    classes : bool
        Whether the target is of classes, whose shares are kept.

    Raises
    ------
    DataError
        If there are fewer than 2 rows.
    """
    rows = np.arange(len(table)) if pool is None else np.asarray(pool)
    rows = rows if weights is None else rows[weights[rows] > 0]
    if len(rows) < 2:
        there = "is 1 sample" if len(rows) else "are no samples"
        raise DataError(f"there {there} to train on; at least 2 are needed, and some dozens to learn from.")
    n_held = min(round(recipe.validation * len(rows)), MOST_HELD)
    if n_held < FEWEST_HELD and not (recipe.group or recipe.time):
        return Split(rows, np.arange(0), "no validation rows")
    return split(table, n_held, rows=rows, seed=recipe.seed, **_by(recipe, target, classes))


def _by(recipe: Recipe, target: str, classes: bool) -> dict[str, Any]:
    """Return what rows are parted by: groups or time where they are asked for, else the shares of the classes."""
    if recipe.group or recipe.time:
        return {"group": recipe.group, "time": recipe.time}
    return {"stratify": target} if classes else {}
