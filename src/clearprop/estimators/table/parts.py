"""Part the rows of a table into those to train on and those to validate on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError
from clearprop.fitting.recipe import Recipe
from clearprop.tables import Split, Table, split

Array = NDArray[Any]

FEWEST_HELD = 10  # rows; to stop by fewer is to stop by chance
MOST_HELD = 100_000  # rows; more say no more of when to stop


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
    by: dict[str, Any] = {"group": recipe.group, "time": recipe.time}
    n_held = min(round(recipe.validation * len(rows)), MOST_HELD)
    if n_held < FEWEST_HELD and not (recipe.group or recipe.time):
        return Split(rows, np.arange(0), "no validation rows")
    if not (recipe.group or recipe.time) and classes:
        by["stratify"] = target
    return split(table, n_held, rows=rows, seed=recipe.seed, **by)
