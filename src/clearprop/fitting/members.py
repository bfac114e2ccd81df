"""Members: several networks of one job, each with rows and random numbers of its own; their answer is the mean.

By folds, member k is validated on the k-th part of the rows and trained on the others: every row is trained on by all
but one, and predicted out of fold by the one that has not seen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import Session
from clearprop.fitting.facts import PartFacts
from clearprop.fitting.fit import fit
from clearprop.fitting.fitted import Fitted
from clearprop.fitting.parts import Shares
from clearprop.fitting.start import first_parameters
from clearprop.fitting.table_job import TableJob
from clearprop.training import Listener, Rows, Stopped, loss_and_metric, metric_stride, predict

Array = NDArray[Any]

SCORED_CELLS = 1 << 24
"""Numbers of X of which the final scores are taken, at most: 64 MB in float32."""

_APART = 1 << 32  # between the seeds of two members


def train_members(job: TableJob, listeners: Sequence[Listener] = ()) -> list[Fitted]:
    """Train every member of a job; after a signal or when the time is up, those that were begun.

    Returns
    -------
    list of Fitted
        Of one member alone where the others could not be trained.
    """
    found: list[Fitted] = []
    spent = 0.0
    for k, shares in enumerate(job.shares):
        member = _member(job, shares, k, spent)
        fitted = fit(member, listeners=listeners)
        spent += fitted.progress.seconds
        found.append(fitted)
        if fitted.progress.stopped in (Stopped.INTERRUPTED, Stopped.TIME):
            break
    sound = [fitted for fitted in found if not (fitted.diverged and fitted.progress.best is None)]
    return sound or found[:1]


def _member(job: TableJob, shares: Shares, k: int, spent: float) -> TableJob:
    """Return the job of one member; the time that those before it have spent is gone."""
    seed = (job.plan.seed + k * _APART) % (1 << 63)
    left = None if job.plan.max_seconds is None else max(job.plan.max_seconds - spent, 1e-3)
    rows, held = job.rows.take(shares.train), job.rows.take(shares.held)
    return replace(
        job, rows=rows, validation=held, plan=replace(job.plan, seed=seed, max_seconds=left), shares=(),
        start=first_parameters(job.network, rows, seed),
        row_numbers=None if job.row_numbers is None else job.row_numbers[shares.train],
        recipe=job.recipe if k == 0 else replace(job.recipe, certify=False),
    )  # fmt: skip


def mean_outputs(sessions: Sequence[Session], X: Array) -> Array:
    """Return the mean of what the sessions answer, a[L] (n_rows, n_out)."""
    total = reduce(add, (predict(session, X) for session in sessions))
    mean: Array = total if len(sessions) == 1 else total / total.dtype.type(len(sessions))
    return mean


def parts_of(job: TableJob, sessions: Sequence[Session]) -> dict[str, PartFacts]:
    """Return rows, loss and metric of the parts of the data, all measured alike: at the end, by D, without dropout.

    Of very many training rows a sample is measured. The validation rows of several members are all rows that some
    member has not seen, each answered by those.
    """
    n_rows, n_columns = job.rows.X.shape
    stride = min(metric_stride(n_rows), max(1, n_rows * n_columns // SCORED_CELLS))
    sample = job.rows.take(slice(None, None, stride)).in_memory()
    found = {"training": _judged(job, sample, mean_outputs(sessions, sample.X))}
    if job.shares:
        places, outputs = out_of_fold(job, sessions)
        found["validation"] = _judged(job, replace(job.rows.take(places), X=outputs), outputs)
    elif job.validation is not None:
        outputs = np.concatenate([mean_outputs(sessions, block.X) for block in job.validation.blocks()])
        found["validation"] = _judged(job, job.validation, outputs)
    return found


def _judged(job: TableJob, rows: Rows, outputs: Array) -> PartFacts:
    loss, metric = loss_and_metric(job.network, outputs, rows.Y, rows.weights)
    return PartFacts(rows=len(rows), loss=loss, metric=metric)


def out_of_fold(job: TableJob, sessions: Sequence[Session]) -> tuple[Array, Array]:
    """Return what each row is answered by the members that have not seen it.

    Returns
    -------
    rows : int array (n,)
        Places in the job of the rows that some member has not seen.
    outputs : array (n, n_out)
    """
    total, count = np.zeros((len(job.rows), job.network.n_out)), np.zeros(len(job.rows))
    for session, shares in zip(sessions, job.shares, strict=False):
        total[shares.held] += predict(session, job.rows.take(shares.held).X)
        count[shares.held] += 1
    rows = np.flatnonzero(count)
    return rows, total[rows] / count[rows, None]
