"""What is asked of models: rows of a table whose answers are known, and the folds that they are parted into."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.errors import UsageError
from clearprop.estimators import TableClassifier, TableRegressor
from clearprop.selection.folds import Fold, folds_for
from clearprop.selection.scores import Truth, truth_of
from clearprop.tables import Source, StreamedTable, Table

Array = NDArray[Any]
Model = TableClassifier | TableRegressor


def in_memory(model: Model, data: Source, y: ArrayLike | None) -> tuple[Table, str]:
    """Return a table and its target, read as the model reads it.

    Raises
    ------
    UsageError
        If the table stays on disk.
    """
    table, target = model.reader().with_target(data, y)
    if isinstance(table, StreamedTable):
        table.close()
        raise UsageError(f"{table.source} stays on disk, folds need it in memory; pass stream=False (--in-memory).")
    return table, target


def parted(model: Model, table: Table, target: str, rows: Array, n_folds: int) -> tuple[Truth, tuple[Fold, ...]]:
    """Return the targets of rows that have one, and their folds, as the model's settings part them.

    Raises
    ------
    DataError, UsageError
        If the rows cannot be parted so.
    """
    truth = truth_of(model, table, target, rows)
    folds = folds_for(
        table, target, rows, n_folds, classes=model.task == "classes", group=model.group, time=model.time,
        seed=model.random_state,
    )  # fmt: skip
    return truth, folds


def asked(model: Model, data: Source, y: ArrayLike | None, n_folds: int) -> tuple[Table, str, Truth, tuple[Fold, ...]]:
    """Return the table, its target, the true answers of all rows that have one, and their folds."""
    table, target = in_memory(model, data, y)
    table, rows = model.reader().rows_with_target(table, target, None)
    truth, folds = parted(model, table, target, np.arange(len(table)) if rows is None else rows, n_folds)
    return table, target, truth, folds
