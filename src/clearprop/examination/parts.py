"""Parts: which rows a model was trained on, and which it is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import ClearpropError
from clearprop.estimators.table.base import TableEstimator
from clearprop.fitting.streaming import take_rows
from clearprop.fitting.table_job import TableJob
from clearprop.tables import Table

Indices = NDArray[np.int64]

MOST_ROWS = 100_000


@dataclass(frozen=True, eq=False)
class Parts:
    """The rows of an examination.

    Attributes
    ----------
    training, validation : Table or None
        As `fit` had them; None where they are not at hand.
    held : Table
        The rows the model is judged by.
    held_are : {"test", "validation", "training", "new"}
        What those were to the training.
    job : TableJob or None
        The training rows as `fit` had them.
    """

    training: Table | None
    validation: Table | None
    held: Table
    held_are: str
    job: TableJob | None = None

    @property
    def held_words(self) -> str:
        """What the rows it is judged by are called in a sentence."""
        return {
            "test": "test rows, which training never saw",
            "validation": "validation rows, which chose the best epoch",
            "training": "training rows themselves",
            "new": "rows of this file",
        }[self.held_are]


def part_again(
    estimator: TableEstimator, table: Table, rows: Indices | None = None, test: Indices | None = None
) -> Parts:
    """Part the rows as `fit` did, or call all of them new where they are not what the model was trained on.

    Parameters
    ----------
    estimator : TableEstimator
        Fitted.
    table : Table
    rows, test : array of int, optional
        The rows that `fit` was given, all if left out; and those that were held out before, if not by `fit`.
    """
    job = _same_job(estimator, table, rows)
    if job is None:
        return Parts(None, None, some_rows(table, np.arange(len(table))), "new")
    training = some_rows(table, job.parts.train)
    validation = some_rows(table, job.parts.held) if len(job.parts.held) else None
    held_out = job.test if test is None else some_rows(table, test)
    if held_out is not None:
        return Parts(training, validation, held_out, "test", job)
    if validation is not None:
        return Parts(training, validation, validation, "validation", job)
    return Parts(training, None, training, "training", job)


def some_rows(table: Table, rows: Indices) -> Table:
    """Return the table of these rows, of very many an even share, in memory."""
    step = -(-len(rows) // MOST_ROWS)
    return take_rows(table, rows[:: max(1, step)])


def _same_job(estimator: TableEstimator, table: Table, rows: Indices | None) -> TableJob | None:
    """Return the job of the fit if what is learned from its training rows is exactly what the model knows."""
    facts = estimator.facts_
    if not facts.on_a_table:
        return None
    if len(table) < facts.rows + facts.test.rows or estimator.target_.name not in table.columns:
        return None
    try:
        job = estimator.prepare(table, rows=rows, test=facts.test_share, in_parts=facts.members == 1)
    except ClearpropError:
        return None
    same = len(job.parts.train) + len(job.parts.held) == facts.rows and job.schema == estimator.schema_.as_learned
    return job if same else None
