"""What is asked of a target: classes or numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import unknown_name
from clearprop.tables.columns.column import Column

TASKS = ("classes", "numbers")

_MOST_CLASSES = 30
_FREQUENT = 20  # rows, and 1 % of them


def guess_task(column: Column) -> str:
    """Return "classes" or "numbers".

    Labels and booleans are classes. Numbers are classes if there are only two of them, or if they are codes: the whole
    numbers 0 .. K−1 or 1 .. K with K ≤ 30, each occurring at least twice; or only some of them, each occurring in 20
    rows and 1 % of the rows at least. All else is numbers.

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
    return "classes" if len(values) and _are_codes(values, counts) else "numbers"


def _are_codes(values: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    if values[0] not in (0, 1) or len(values) > _MOST_CLASSES or (values != np.floor(values)).any():
        return False
    without_gaps = values[-1] - values[0] == len(values) - 1
    if without_gaps:
        return bool(counts.min() >= 2)
    return bool(values[-1] <= _MOST_CLASSES and counts.min() >= max(_FREQUENT, counts.sum() / 100))


def check_task(task: str | None) -> None:
    """Refuse a task that is none."""
    if task is not None and task not in TASKS:
        raise unknown_name("task", task, TASKS)
