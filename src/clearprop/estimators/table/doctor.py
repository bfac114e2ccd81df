"""A fitted table estimator and its rows as the doctor sees them."""

from __future__ import annotations

from typing import Any

from clearprop.clinic import Fit
from clearprop.estimators.table.job import TableJob
from clearprop.tables import Schema
from clearprop.tables.encodings.strict import indicator_name


def as_fit(estimator: Any, job: TableJob) -> Fit:
    """Return the fit that a table estimator made of a job.

    Parameters
    ----------
    estimator : TableEstimator
        Fitted.
    job : TableJob
        What its `prepare` makes of the data it was fitted on.
    """
    return Fit(
        network=estimator.network_,
        parameters=estimator.parameters_,
        start=job.start,
        rows=job.rows,
        plan=job.plan,
        rule=None if estimator.recipe().solver else job.rule,
        validation=job.validation,
        history=estimator.history_,
        stopped=estimator.facts_.stopped,
        columns=estimator.schema_.column_names,
        judged=judged_columns(estimator.schema_),
    )


def judged_columns(schema: Schema) -> tuple[int, ...]:
    """Return the columns of X that are columns of the table, not indicators of missing cells."""
    indicators = {indicator_name(name) for name in schema.names}
    return tuple(j for j, name in enumerate(schema.column_names) if name not in indicators)
