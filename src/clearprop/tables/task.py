"""What is asked of a target: classes or numbers."""

from __future__ import annotations

import numpy as np

from clearprop.errors import unknown_name
from clearprop.tables.column import Column

TASKS = ("classes", "numbers")

_MOST_CLASSES = 30


def guess_task(column: Column) -> str:
    """Return "classes" or "numbers".

    Labels and booleans are classes. Numbers are classes if there are only two of them, or if they are codes: the whole
    numbers 0 .. K−1 or 1 .. K with K ≤ 30, each occurring at least twice. All else is numbers.

    Examples
    --------
    >>> guess_task(Column("digit", "number", np.array([0.0, 1, 2, 2, 1, 0])))
    'classes'
    >>> guess_task(Column("price", "number", np.array([1.5, 2.5, 3.5, 2.5])))
    'numbers'
    """
    if column.kind in ("category", "boolean"):
        return "classes"
    if column.kind == "date":
        return "numbers"
    values, counts = np.unique(column.values[~column.missing], return_counts=True)
    if len(values) <= 2 < len(column):
        return "classes"
    codes = np.arange(len(values)) + min(values[0], 1.0) if len(values) else values
    small = len(values) <= _MOST_CLASSES and counts.min() >= 2
    return "classes" if small and np.array_equal(values, codes) else "numbers"


def check_task(task: str | None) -> None:
    """Refuse a task that is none."""
    if task is not None and task not in TASKS:
        raise unknown_name("task", task, TASKS)
