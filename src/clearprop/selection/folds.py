"""Folds: parts of the rows of a table, each predicted by networks that have not seen it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.philox import PURPOSE_SPLIT, generator
from clearprop.errors import DataError, UsageError
from clearprop.fitting.parts import folds_of
from clearprop.tables import Table, split

Array = NDArray[Any]

FOLD_DRAW = 3  # of the folds; the members' rows are draw 2, the test rows draw 1, the validation rows draw 0


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to train on and rows to predict, by their place in the table, ascending."""

    train: Array
    held: Array


def folds_for(
    table: Table,
    target: str,
    rows: Array,
    n_folds: int,
    *,
    classes: bool,
    group: str | None = None,
    time: str | None = None,
    seed: int = 0,
) -> tuple[Fold, ...]:
    """Return the folds of these rows.

    Parameters
    ----------
    table : Table
    target : str
    rows : int array
    n_folds : int
    classes : bool
        Whether the target is of classes, of which every fold then has its share.
    group : str, optional
        A column; no group is in two folds.
    time : str, optional
        A column; each fold is later than all it is predicted from, and the first rows are in none.
    seed : int

    Raises
    ------
    DataError, UsageError
        If the rows cannot be parted so.
    """
    if n_folds < 2:
        raise UsageError(f"folds must be a whole number from 2 on, got {n_folds}.")
    if group and time:
        raise UsageError("folds are parted by group or by time, got both; leave one of the two out.")
    if len(rows) < 2 * n_folds:
        raise DataError(f"{n_folds} folds need {2 * n_folds} rows or more, there are {len(rows)}.")
    if time:
        return _by_time(table, rows, n_folds, time)
    labels = table.column(target).values[rows] if classes and not group else None
    groups = table.column(group).values[rows] if group else None
    draw = generator(seed, PURPOSE_SPLIT, FOLD_DRAW)
    parts = folds_of(n_folds, len(rows), labels, groups, draw)
    return tuple(Fold(np.delete(rows, part), rows[part]) for part in parts)


def _by_time(table: Table, rows: Array, n_folds: int, time: str) -> tuple[Fold, ...]:
    """Return one fold after another, each predicted from all rows before it; a moment is never cut."""
    size, left, found = len(rows) // (n_folds + 1), rows, []
    for _ in range(n_folds):
        parts = split(table, size, rows=left, time=time)
        found.append(Fold(parts.train, parts.held))
        left = parts.train
        if len(left) <= size and len(found) < n_folds:
            raise DataError(f"{n_folds} folds by time need more moments than {time!r} has; take fewer folds.")
    return tuple(reversed(found))
