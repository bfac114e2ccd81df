"""The training of a table estimator, once its job is prepared: who listens, and where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clearprop.estimators.table.inside import with_cells
from clearprop.estimators.table.job import TableJob
from clearprop.fitting.averaging import Average
from clearprop.fitting.checkpoints import CheckpointPlan, Checkpoints, Resumption
from clearprop.fitting.fit import fit
from clearprop.fitting.fitted import Fitted, Standing
from clearprop.training import Listener, show_progress


def train(
    job: TableJob,
    listeners: Sequence[Listener],
    checkpoints: CheckpointPlan | None,
    resume: Resumption | None,
    pause_at: int | None,
) -> Fitted:
    """Train as the job says; see `TableEstimator.fit`."""
    if resume is not None:
        resume.check(job.rows)
    averaging = job.recipe.averaging
    standing = resume.standing(averaging) if resume else Standing(average=Average(averaging) if averaging else None)
    heard: list[Listener] = [show_progress()] if job.recipe.verbose else []
    if checkpoints is not None:
        heard.append(Checkpoints(checkpoints, job.network, job.rule, job.rows, standing.average))
    fitted = fit(job, standing, [*heard, *listeners], pause_at=pause_at)
    if fitted.autopsy is None:
        return fitted
    return replace(fitted, autopsy=with_cells(fitted.autopsy, job.table, job.schema.names))
