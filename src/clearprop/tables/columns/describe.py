"""describe: one record per column, for a person to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.tables.columns.column import Column
from clearprop.tables.learn import judge
from clearprop.tables.table import Table

_EXAMPLES = 3


@dataclass(frozen=True)
class ColumnSummary:
    """What a column holds.

    Attributes
    ----------
    name, kind : str
    n_missing, n_distinct : int
    examples : tuple
        The most frequent labels of a category, else the first cells that differ.
    smallest, largest : Any
        Of numbers and dates; None otherwise.
    remark : str
        Why training would leave it out, such as "has the same value in every training row"; "" if it would not.
    """

    name: str
    kind: str
    n_missing: int
    n_distinct: int
    examples: tuple[Any, ...]
    smallest: Any
    largest: Any
    remark: str


def describe(table: Table) -> tuple[ColumnSummary, ...]:
    """Return a summary of every column of a table."""
    return tuple(_summary(column) for column in table.columns.values())


def _summary(column: Column) -> ColumnSummary:
    missing = column.missing
    present = column.values[~missing]
    distinct, first, counts = np.unique(present, return_index=True, return_counts=True)
    ranked = np.argsort(-counts if column.kind == "category" else first, kind="stable")
    ordered = column.kind in ("number", "date") and len(present) > 0
    smallest, largest = column.cells(distinct[[0, -1]]) if ordered else (None, None)
    return ColumnSummary(
        name=column.name,
        kind=column.kind,
        n_missing=int(missing.sum()),
        n_distinct=len(distinct),
        examples=tuple(column.cells(distinct[ranked[:_EXAMPLES]])),
        smallest=smallest,
        largest=largest,
        remark=judge(column),
    )
