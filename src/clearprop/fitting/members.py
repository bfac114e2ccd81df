"""Members: several networks of one job, each with rows and random numbers of its own; their answer is the mean.

By folds, member k is validated on the k-th part of the rows and trained on the others: every row is trained on by all
but one, and predicted out of fold by the one that has not seen it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import Session, available_threads, exact_threads, side_by_side
from clearprop.fitting.facts import PartFacts
from clearprop.fitting.fit import fit
from clearprop.fitting.fitted import Fitted
from clearprop.fitting.held import Held
from clearprop.fitting.parts import Shares
from clearprop.fitting.start import first_parameters
from clearprop.fitting.table_job import TableJob
from clearprop.training import (
    EpochEnded,
    Event,
    Interruption,
    Listener,
    OfSeveral,
    Rows,
    StepsDone,
    Stopped,
    chosen,
    has_metric,
    loss_and_metric,
    mean_outputs,
    metric_stride,
)

Array = NDArray[Any]

SCORED_CELLS = 1 << 24
"""Numbers of X of which the final scores are taken, at most: 64 MB in float32."""

WORK_PER_THREAD = 4e5
"""Multiplications of a step that are worth one more thread; the native core reckons so too."""

APART = 1 << 32
"""Between the seeds of two members."""


def train_members(job: TableJob, listeners: Sequence[Listener] = ()) -> list[Fitted]:
    """Train every member of a job; after a signal or when the time is up, those that were begun.

    They are trained side by side, each on a thread of its own, where the engine can and every listener is one
    `OfSeveral`; else one after the other. Their bits are the same.

    Returns
    -------
    list of Fitted
        Of one member alone where the others could not be trained.
    """
    job.check()
    choice, n_threads = job.choice(), _threads(job, listeners)
    group = _Group(replace(job, checked=True, threads=1 if n_threads > 1 else None), listeners)
    members = [_member(group.job, shares, k) for k, shares in enumerate(job.shares)]
    if n_threads == 1:
        trained = [group.train(member) for member in members]
    else:
        with group.obeying_signals():
            trained = list(side_by_side(group.train, members, n_threads))
    found = [replace(fitted, choice=choice) for fitted in trained if fitted is not None]
    sound = [fitted for fitted in found if not (fitted.diverged and fitted.progress.best is None)]
    return sound or found[:1]


def _threads(job: TableJob, listeners: Sequence[Listener]) -> int:
    """Return how many members are trained at once."""
    most = job.recipe.n_threads or available_threads()
    n = min(len(job.shares), most)
    together = job.recipe.solver is None and job.choice().side_by_side and exact_threads() is None
    if not together or any(not isinstance(listener, OfSeveral) for listener in listeners):
        return 1
    return n if n >= min(_of_use(job), most) else 1


def _of_use(job: TableJob) -> float:
    """Return how many threads could share a step of one member; if more than members, these take turns with all."""
    sizes = job.network.sizes
    return job.plan.batch_size * 3 * sum(n * m for n, m in pairwise(sizes)) / WORK_PER_THREAD


class _Group:
    """Members that are trained, and what ends them all: a signal to one, or the time that all have together."""

    def __init__(self, job: TableJob, listeners: Sequence[Listener]) -> None:
        self.job, self._listeners, self._hearing = job, listeners, Lock()
        self._began = time.perf_counter()
        self._interrupted = False
        self._interruption: Interruption | None = None

    @contextmanager
    def obeying_signals(self) -> Iterator[None]:
        """Stop those under way at a signal, or at an error in here, and begin no other."""
        with Interruption() as self._interruption:
            try:
                yield
            except BaseException:
                self._interrupted = True
                raise

    def train(self, member: TableJob) -> Fitted | None:
        """Train a member; return None where it is too late to begin one."""
        first, limit = member.recipe is self.job.recipe, member.plan.max_seconds
        if limit is not None:
            limit -= time.perf_counter() - self._began
        if not first and (self._interrupted or (limit is not None and limit <= 0)):
            return None
        held = None if member.validation is None else member.validation.in_memory()
        plan = replace(member.plan, max_seconds=limit and max(limit, 1e-3))
        fitted = fit(replace(member, validation=held, plan=plan), listeners=[self._hear])
        self._interrupted = self._interrupted or fitted.interrupted
        return fitted

    def _hear(self, event: Event) -> None:
        with self._hearing:
            for listener in self._listeners:
                listener(event)
            number = None if self._interruption is None else self._interruption.signal_number
            self._interrupted = self._interrupted or number is not None
            if self._interrupted and isinstance(event, StepsDone | EpochEnded):
                event.training.progress.signal_number = event.training.progress.signal_number or number
                event.training.stop(Stopped.INTERRUPTED)


def _member(job: TableJob, shares: Shares, k: int) -> TableJob:
    """Return the job of one member."""
    seed = (job.plan.seed + k * APART) % (1 << 63)
    rows = chosen(job.rows, shares.train)
    return replace(
        job, rows=rows, validation=chosen(job.rows, shares.held), plan=replace(job.plan, seed=seed), shares=(),
        start=first_parameters(job.network, rows, seed),
        row_numbers=None if job.row_numbers is None else job.row_numbers[shares.train],
        recipe=job.recipe if k == 0 else replace(job.recipe, certify=False),
    )  # fmt: skip


def parts_of(job: TableJob, sessions: Sequence[Session], answers: Sequence[Held]) -> dict[str, PartFacts]:
    """Return rows, loss and metric of the parts of the data, all measured alike: at the end, by D, without dropout.

    Of very many training rows a sample is measured. The validation rows of several members are all rows that some
    member has not seen, each answered by those. The answers are those of `clearprop.fitting.held.held_answers`.
    """
    n_rows, n_columns = job.rows.X.shape
    stride = min(metric_stride(n_rows), max(1, n_rows * n_columns // SCORED_CELLS))
    sample = job.rows.take(slice(None, None, stride)).in_memory()
    found = {"training": _judged(job, sample, mean_outputs(sessions, sample.X))}
    if job.shares:
        places, outputs = out_of_fold(job, answers)
        found["validation"] = _judged(job, replace(job.rows.take(places), X=outputs), outputs)
    elif job.validation is not None:
        found["validation"] = _judged(job, job.validation, answers[0].outputs)
    return found


def _judged(job: TableJob, rows: Rows, outputs: Array) -> PartFacts:
    asked = job.plan.metric
    loss, metric = loss_and_metric(job.network, outputs, rows.Y, rows.weights, asked)
    known = has_metric(job.network, rows.Y, asked)
    return PartFacts(rows=len(rows), loss=loss, metric=metric if known else None)


def out_of_fold(job: TableJob, answers: Sequence[Held]) -> tuple[Array, Array]:
    """Return what each row is answered by the members that have not seen it.

    Returns
    -------
    rows : int array (n,)
        Places in the job of the rows that some member has not seen.
    outputs : array (n, n_out)
    """
    total, count = np.zeros((len(job.rows), job.network.n_out)), np.zeros(len(job.rows))
    for held, shares in zip(answers, job.shares, strict=False):
        total[shares.held] += held.outputs
        count[shares.held] += 1
    rows = np.flatnonzero(count)
    return rows, total[rows] / count[rows, None]
