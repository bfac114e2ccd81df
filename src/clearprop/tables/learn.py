"""learn_schema: everything that is learned about a table, from its training rows only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError, UsageError, unknown_name
from clearprop.tables.columns.column import Column, Rows
from clearprop.tables.columns.names import COUNTER, left_out
from clearprop.tables.columns.task import check_task, guess_task
from clearprop.tables.encodings import (
    BooleanEncoding,
    CategoryEncoding,
    ClassTarget,
    DateEncoding,
    NumberEncoding,
    NumberTarget,
    by_bins,
)
from clearprop.tables.encodings.category import ONE_HOT_UP_TO, min_count_for
from clearprop.tables.encodings.number import IMPUTE
from clearprop.tables.match import check_finite
from clearprop.tables.schema import Dropped, Encoding, Schema, check_complete
from clearprop.tables.table import Table

NEARLY_ALL = 0.9
LONG_TEXT = 100
_FEW_ROWS = 10


@dataclass(frozen=True)
class _Choices:
    impute: str
    min_count: int
    one_hot_up_to: int
    bins: int | None


@np.errstate(under="ignore")
def learn_schema(
    table: Table,
    target: str | None = None,
    *,
    rows: Rows | None = None,
    task: str | None = None,
    impute: str = "median",
    min_count: int | None = None,
    one_hot_up_to: int = ONE_HOT_UP_TO,
    bins: int | None = None,
) -> Schema:
    """Learn how to encode a table.

    Parameters
    ----------
    table : Table
    target : str, optional
        The column to predict; None takes the one a bundled set brings, if any.
    rows : array of int or slice, optional
        The training rows. Nothing is learned from any other row. All of them if left out.
    task : {"classes", "numbers"}, optional
        What the target is; guessed by `guess_task` if left out.
    impute : {"median", "mean"}
        What a missing number becomes.
    min_count : int, optional
        How often a category must occur to have a code of its own; 5 if left out, fewer with fewer than 250 rows.
    one_hot_up_to : int
        Categories with more codes than this are embedded.
    bins : int, optional
        Numbers and moments are encoded bin by bin too, in at most so many bins; see `BinsEncoding`.

    Returns
    -------
    Schema

    Raises
    ------
    DataError
        If no column is left, the target is missing somewhere, or has one value only.
    """
    check_task(task)
    if impute not in IMPUTE:
        raise unknown_name("way to impute", impute, IMPUTE)
    if min_count is not None and min_count < 1:
        raise UsageError(f"min_count must be 1 or more, got {min_count!r}.")
    target = target or table.target
    rows = None if rows is None else np.arange(table.n_rows)[rows]
    n_rows = table.n_rows if rows is None else len(rows)
    if not n_rows:
        raise DataError(f"there are no training rows in {table.source}; expected at least one.")
    learned_target = None if target is None else learn_target(table, target, task, rows)
    choices = _Choices(impute, min_count or min_count_for(n_rows), one_hot_up_to, bins)
    found = [_learn(table, name, rows, choices) for name in table.names if name != target]  # one in memory at a time
    columns = tuple(part for part in found if not isinstance(part, Dropped))
    dropped = tuple(part for part in found if isinstance(part, Dropped))
    if not columns:
        reasons = " ".join(left_out((part.name, part.reason) for part in dropped)) or "It has no other column."
        raise DataError(f"no column of {table.source} can be learned from. {reasons}")
    return Schema(columns=columns, dropped=dropped, target=learned_target, n_rows=n_rows)


def learn_target(
    table: Table, name: str, task: str | None, rows: NDArray[np.int64] | None = None
) -> ClassTarget | NumberTarget:
    """Learn the classes, or mean and scale, of a target, from some rows or all."""
    column = _training_cells(table, name, rows)
    check_complete(table, column, rows)
    task = task or guess_task(column)
    if task == "classes":
        return ClassTarget.learn(column)
    if column.kind != "number":
        raise DataError(
            f'the target "{name}" holds {column.kind} cells, so its task cannot be numbers. '
            'Choose a column of numbers, or the task "classes".'
        )
    return NumberTarget.learn(column)


def judge(column: Column) -> str:
    """Return why a column cannot be learned from, "" if it can."""
    missing = column.missing
    if missing.all():
        return "has no value in any training row"
    cells = column.values[~missing]
    if not missing.any() and (cells == cells[0]).all():
        return "has the same value in every training row"
    if column.kind == "number":
        return "counts the rows" if _is_counter(column) else ""
    return _judge_labels(column) if column.kind == "category" else ""


def _training_cells(table: Table, name: str, rows: NDArray[np.int64] | None) -> Column:
    column = table.column(name)
    return column if rows is None else column.take(rows)


def _learn(table: Table, name: str, rows: NDArray[np.int64] | None, choices: _Choices) -> Encoding | Dropped:
    column = _training_cells(table, name, rows)
    if column.kind in ("number", "date"):
        check_finite(table, column, rows)
    reason = judge(column)
    if reason:
        return Dropped(name=name, reason=reason)
    if column.kind == "boolean":
        return BooleanEncoding.learn(column)
    if column.kind != "category":
        number = column.kind == "number"
        plain = NumberEncoding.learn(column, choices.impute) if number else DateEncoding.learn(column)
        return by_bins(column, plain, choices.bins) if choices.bins else plain
    encoding = CategoryEncoding.learn(column, choices.min_count, choices.one_hot_up_to)
    if not encoding.labels and not column.missing.any():
        return Dropped(name=name, reason=f"has no value that occurs {choices.min_count} times")
    return encoding


def _is_counter(column: Column) -> bool:
    """Return whether the cells are whole numbers that only rise, under a name such as an id has."""
    if len(column) <= _FEW_ROWS or not COUNTER.match(column.name):
        return False
    steps = np.diff(column.values)
    return bool((steps > 0).all() and (column.values == np.floor(column.values)).all())


def _judge_labels(column: Column) -> str:
    labels, counts = column.counts()
    n = int(counts.sum())
    if n < _FEW_ROWS or len(labels) < NEARLY_ALL * n:
        return ""
    length = sum(len(str(label)) for label in labels) / len(labels)
    return "holds long text" if length > LONG_TEXT else "has another value in nearly every row"
