"""Part the rows of a table into those to train on, those to validate on, and those held out to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.philox import PURPOSE_SPLIT, generator
from clearprop.errors import DataError, UsageError
from clearprop.fitting.recipe import Recipe
from clearprop.tables import Split, StreamedTable, Table, split

Array = NDArray[Any]

FEWEST_HELD = 10  # rows; to stop by fewer is to stop by chance
MOST_HELD = 100_000  # rows; more say no more of when to stop
TEST_DRAW = 1
MEMBER_DRAW = 2  # of the members' rows; the test rows are draw 1, the validation rows draw 0
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
    if recipe.members > 1:
        return Split(rows, np.arange(0), f"{recipe.members} members by {recipe.by}, each validated on rows of its own")
    n_held = min(round(recipe.validation * len(rows)), MOST_HELD)
    if n_held < FEWEST_HELD and not (recipe.group or recipe.time):
        return Split(rows, np.arange(0), "no validation rows")
    some = None if pool is None and weights is None else rows
    return split(table, n_held, rows=some, seed=recipe.seed, **_by(recipe, target, classes))


def _by(recipe: Recipe, target: str, classes: bool) -> dict[str, Any]:
    """Return what rows are parted by: groups or time where they are asked for, else the shares of the classes."""
    if recipe.group or recipe.time:
        return {"group": recipe.group, "time": recipe.time}
    return {"stratify": target} if classes else {}


@dataclass(frozen=True, eq=False)
class Shares:
    """The rows of one member, by their place in the job: those it trains on, and those it is validated on."""

    train: Array
    held: Array


def shares_of(recipe: Recipe, table: Table, target: str, rows: Array, classes: bool) -> tuple[Shares, ...]:
    """Return the shares of each member of these rows; none where the job is of a single network.

    Raises
    ------
    DataError, UsageError
        If the rows cannot be parted so.
    """
    if recipe.members == 1:
        return ()
    if isinstance(table, StreamedTable):
        raise UsageError("several members need the table in memory; pass stream=False (--in-memory), or members=1.")
    if recipe.time:
        raise UsageError("members are parted by folds, seeds or bootstrap, not by time; leave one of the two out.")
    needed = 2 * recipe.members if recipe.by == "folds" else 4
    if len(rows) < needed:
        raise DataError(f"{recipe.members} members need {needed} rows or more, there are {len(rows)}.")
    draw = generator(recipe.seed, PURPOSE_SPLIT, MEMBER_DRAW)
    if recipe.by == "bootstrap":
        drawn = (draw.integers(0, len(rows), len(rows)) for _ in range(recipe.members))
        return tuple(Shares(np.sort(train), np.setdiff1d(np.arange(len(rows)), train)) for train in drawn)
    n_folds = recipe.members if recipe.by == "folds" else max(2, round(1 / max(recipe.validation, 1 / len(rows))))
    labels = table.column(target).values[rows] if classes else None
    groups = table.column(recipe.group).values[rows] if recipe.group else None
    if recipe.by == "folds":
        folds = folds_of(n_folds, len(rows), labels, groups, draw)
        return tuple(_without(fold, len(rows)) for fold in folds)
    return tuple(
        _without(folds_of(n_folds, len(rows), labels, groups, draw)[0], len(rows)) for _ in range(recipe.members)
    )


def _without(held: Array, n_rows: int) -> Shares:
    return Shares(np.setdiff1d(np.arange(n_rows), held), held)


def folds_of(n: int, n_rows: int, labels: Array | None, groups: Array | None, draw: np.random.Generator) -> list[Array]:
    """Return n parts of the rows: classes in their shares, or no group in two of them."""
    order = draw.permutation(n_rows)
    if groups is not None:
        distinct, places = np.unique(groups, return_inverse=True)
        if len(distinct) < n:
            raise DataError(f"{n} folds need {n} groups or more, there are {len(distinct)}.")
        fold_of = (np.argsort(draw.permutation(len(distinct))) % n)[places]
    else:
        ranks = order if labels is None else order[np.argsort(labels[order], kind="stable")]
        fold_of = np.empty(n_rows, np.int64)
        fold_of[ranks] = np.arange(n_rows) % n
    return [np.flatnonzero(fold_of == k) for k in range(n)]
