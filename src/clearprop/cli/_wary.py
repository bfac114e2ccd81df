"""What to be wary of in scores: rows that the model was trained on, a target that is far off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clearprop.fitting.seen import seen_among
from clearprop.paths import same_place
from clearprop.tables import StreamedTable, Table
from clearprop.tables.outliers import far_off
from clearprop.training import Rows

if TYPE_CHECKING:
    from clearprop.estimators.table.base import TableEstimator
    from clearprop.fitting.facts import TrainingFacts


def known_rows(estimator: TableEstimator, table: Table, data: str, n_rows: int) -> str | None:
    """Return what is to be said where a model was trained on the rows it is scored on; None where it was not."""
    facts = estimator.facts_
    if not isinstance(table, StreamedTable) and facts.seen:
        seen = seen_among(facts.seen, _encoded(estimator, table))
        if seen.many:
            return _says(
                f"{seen.n_seen:,} of these {seen.n_told:,} rows" if seen.n_told == n_rows else "many of these rows"
            )
    return _says("most of these rows") if _is_the_table(facts, data, n_rows) else None


def far_target(estimator: TableEstimator, table: Table) -> str | None:
    """Return what is to be said of a target with numbers far off; None where there are none."""
    if estimator.task != "numbers" or isinstance(table, StreamedTable):
        return None
    return far_off(table.column(estimator.target_.name), table.where)


def _says(rows: str) -> str:
    return f"the model was trained on {rows}: the figures are too good. A report takes the test rows."


def _is_the_table(facts: TrainingFacts, data: str, n_rows: int) -> bool:
    """Return whether a command trained the model on the table of this name, and it has not lost rows since."""
    if facts.config is None or not same_place(facts.config["data"], data):
        return False
    return n_rows >= facts.rows + facts.test.rows


def _encoded(estimator: TableEstimator, table: Table) -> Rows:
    """Return the rows that have a target, as the network takes them."""
    name, schema, dtype = estimator.target_.name, estimator.schema_, estimator.parameters_.vector.dtype
    table = table.with_classes(name) if estimator.task == "classes" else table
    table, rows = estimator.reader().rows_with_target(table, name, None)
    known = table if rows is None else table.take(rows)
    with np.errstate(over="ignore"):  # what does not fit into the training's precision was not trained on
        return Rows(schema.encode(known, dtype), schema.encode_target(known, dtype))
