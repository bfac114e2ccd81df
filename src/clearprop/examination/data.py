"""What the data are like: columns, classes, rows that are there twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.estimators.table.base import TableEstimator
from clearprop.examination.parts import Parts
from clearprop.tables import Column, ColumnSummary, Table, describe
from clearprop.tables.encodings import ClassTarget, NumberTarget

BINS = 30
MOST_ROWS = 100_000


@dataclass(frozen=True)
class DataFacts:
    """The rows and columns of an examination.

    Attributes
    ----------
    columns : tuple of ColumnSummary
    reasons : dict of str to str
        Why a column is not seen by the network.
    target : str
    classes : list of (label, count)
        Of the training rows, where they are known; empty for numbers.
    histogram : tuple of (counts, edges) or None
        Of a target of numbers.
    n_duplicates : int
        Rows of those judged by that equal an earlier one, target included.
    n_seen : int or None
        Rows judged by whose inputs and target stand among the training rows too.
    """

    columns: tuple[ColumnSummary, ...]
    reasons: dict[str, str]
    target: str
    classes: list[tuple[Any, int]]
    histogram: tuple[list[int], list[float]] | None
    n_duplicates: int
    n_seen: int | None


def data_facts(estimator: TableEstimator, parts: Parts) -> DataFacts:
    """Describe the training rows, or the new ones where there are none."""
    table, schema = parts.training or parts.held, estimator.schema_
    target = estimator.target_
    held, known = _keys(estimator, parts.held), _keys(estimator, parts.training)
    return DataFacts(
        columns=describe(table.only(*table.names)),
        reasons={dropped.name: dropped.reason for dropped in schema.dropped},
        target=target.name,
        classes=_classes(estimator, table) if isinstance(target, ClassTarget) else [],
        histogram=_histogram(table.column(target.name)) if isinstance(target, NumberTarget) else None,
        n_duplicates=sum(held.values()) - len(held),
        n_seen=None if parts.training is None or parts.held_are == "training" else _shared(held, known),
    )


def _classes(estimator: TableEstimator, table: Table) -> list[tuple[Any, int]]:
    """Return how often each class was seen in training; in the table, where that is not known."""
    target = estimator.target_
    assert isinstance(target, ClassTarget), "it is of classes"
    counts = list(target.counts)
    if not estimator.facts_.on_a_table:
        counts = np.bincount(estimator.schema_.encode_target(table), minlength=len(counts)).tolist()
    return list(zip(target.labels, counts, strict=True))


def _keys(estimator: TableEstimator, table: Table | None) -> Counter[int]:
    """Return how often each row occurs, by a hash of its encoded inputs and its target."""
    if table is None:
        return Counter()
    table = table.take(slice(0, MOST_ROWS))
    X, Y = estimator.schema_.encode(table), estimator.schema_.encode_target(table)
    rows: NDArray[Any] = np.ascontiguousarray(np.column_stack([X, Y]))
    return Counter(hash(row.tobytes()) for row in rows)


def _shared(held: Counter[int], known: Counter[int]) -> int:
    return sum(count for key, count in held.items() if key in known)


def _histogram(column: Column) -> tuple[list[int], list[float]]:
    counts, edges = np.histogram(column.values, BINS)
    return counts.tolist(), edges.tolist()
