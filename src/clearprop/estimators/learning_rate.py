"""The learning-rate range test on a table: the very rows, weights and batches that fit would train with."""

from __future__ import annotations

from typing import Any

from clearprop.engines import open_session
from clearprop.errors import UsageError
from clearprop.estimators.table.base import TableEstimator
from clearprop.training.range_test import RangeTest, range_test


def find_learning_rate(model: TableEstimator, data: Any, y: Any = None, sample_weight: Any = None) -> RangeTest:
    """Raise the learning rate until the loss blows up; the model stays unfitted.

    Parameters
    ----------
    model : TableClassifier or TableRegressor
        Its settings count: optimizer, batch size, precision, random_state.
    data, y, sample_weight
        As `fit` takes them.

    Raises
    ------
    UsageError
        If the optimizer has no learning rate, as the batch solvers.
    DataError
        If the data cannot be learned from.
    """
    if model.recipe().solver:
        raise UsageError(f"{model.optimizer!r} has no learning rate to find; use a rule like adam.")
    job = model.prepare(data, y, sample_weight)
    session = open_session(
        job.network, job.parameters, job.rule, job.plan.seed, engine=model.engine, precision=model.precision
    )
    return range_test(session, job.rows, job.plan)
