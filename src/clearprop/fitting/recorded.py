"""The recorder of a job on a table: with the names of its columns and classes, and the table's own rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clearprop.engines import Choice
from clearprop.errors import UsageError
from clearprop.fitting.table_job import TableJob
from clearprop.model import Names
from clearprop.recording.recorder import BUDGET, About, Recorder


def recorder_for(
    job: TableJob, budget: float = BUDGET, facts: Mapping[str, Any] | None = None, choice: Choice | None = None
) -> Recorder:
    """Return a recorder, to be handed to the training of the job as a listener.

    Parameters
    ----------
    job : TableJob
        What an estimator's `prepare` returns.
    budget : float
        Megabytes that the recording may take.
    facts : mapping, optional
        Plain data to keep with it.
    choice : Choice, optional
        The engine that trains, if it is not the job's own.

    Raises
    ------
    UsageError
        If the job takes no steps, or trains several networks.

    Examples
    --------
    >>> from clearprop import TableClassifier
    >>> model = TableClassifier(n_epochs=3)
    >>> job = model.prepare("iris")
    >>> recorder = recorder_for(job)
    >>> _ = model.train(job, [recorder])
    >>> recorder.run.states[-1].step
    12
    """
    if job.recipe.solver is not None:
        raise UsageError(
            f"a recording replays steps, and the batch solver {job.recipe.solver!r} takes none; choose an update rule "
            "such as adam."
        )
    if job.shares:
        raise UsageError("a training of several members is not recorded; train with members=1.")
    if job.plan.shards is not None:
        raise UsageError("a recording replays batches that are not cut; leave shards out, and train in one process.")
    origin = np.arange(len(job.table)) if job.table.origin is None else job.table.origin
    about = About(
        title=job.table.source,
        names=Names(tuple(job.schema.feature_names), job.schema.output_names(job.network.n_out)),
        row_numbers=origin[job.parts.train],
        facts=dict(facts or {}),
    )
    return Recorder(choice or job.choice(), budget, about)
