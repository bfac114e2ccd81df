"""The learning-rate range test of a job: the very rows, weights and batches that a fit would train with."""

from __future__ import annotations

from clearprop.errors import UsageError
from clearprop.fitting.job import Job
from clearprop.training.range_test import RangeTest, range_test


def find_learning_rate(job: Job) -> RangeTest:
    """Raise the learning rate until the loss blows up.

    Parameters
    ----------
    job : Job
        What an estimator's `prepare` returns: its optimizer, batch size, precision and seed count.

    Raises
    ------
    UsageError
        If the optimizer has no learning rate, as the batch solvers, or the test cannot begin.
    """
    if job.recipe.solver:
        raise UsageError(f"{job.recipe.solver!r} has no learning rate to find; use a rule like adam.")
    return range_test(job.choice().open(job.start, job.plan.seed), job.rows, job.plan)
