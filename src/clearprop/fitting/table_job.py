"""What a training on a table needs, and what is known of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import clearprop
from clearprop.fitting.certification import certificate_facts
from clearprop.fitting.efforts import chosen
from clearprop.fitting.facts import TrainingFacts
from clearprop.fitting.fitted import Fitted
from clearprop.fitting.job import Job
from clearprop.fitting.parts import Shares
from clearprop.fitting.seen import sketch_of
from clearprop.tables import Schema, Split, StreamedTable, Table
from clearprop.tables.columns.names import left_out
from clearprop.tables.outliers import far_off
from clearprop.training import Stopped, as_columns

FEWEST_STEPS = 1e5
"""Of doubles between 0 and the largest target: with fewer, their rounding is seen in what is learned."""


@dataclass(frozen=True, eq=False, kw_only=True)
class TableJob(Job):
    """A job on the rows of a table.

    Attributes
    ----------
    table : Table
    target : str
    parts : Split
        Its rows to train and to validate on.
    shares : tuple of Shares
        The rows of each member, by their place among the training rows; none of a single network.
    test : Table or None
        The rows held out to the end, in memory.
    test_share : float
        How many were to be.
    schema : Schema
        Learned on the training rows alone, or that of the network it begins at.
    begun_at : str
        What that network is called; "" where it begins with drawn weights.
    """

    table: Table
    target: str
    parts: Split
    schema: Schema
    shares: tuple[Shares, ...] = ()
    test: Table | None = None
    test_share: float = 0.0
    begun_at: str = ""


def _of_the_target(job: TableJob) -> list[str]:
    """Return what is to be said of a target of numbers: that it has one value, or some far off."""
    if job.schema.target is None or job.schema.target.kind != "numbers" or isinstance(job.table, StreamedTable):
        return []
    column = job.table.column(job.target)
    known = column.values[job.parts.train]
    if known.min() == known.max():
        return [f'the target "{job.target}" is {known[0]:g} in every training row: nothing else is learned from them.']
    tiny, far = _beyond_doubles(job.target, known), far_off(column, job.table.where)
    return [note for note in (tiny, far) if note]


def _beyond_doubles(target: str, known: NDArray[Any]) -> str | None:
    """Return what is to be said of numbers so small that a double has few digits of them left."""
    largest = float(np.abs(known).max())
    if largest > FEWEST_STEPS * np.finfo(np.float64).smallest_subnormal:
        return None
    return (
        f'the target "{target}" is {largest:.3g} at the most: so near 0 a double keeps five digits or fewer, '
        "and what is learned from them is as rough. Give it in other units, in which it is about 1."
    )


def facts_of(job: TableJob, fitted: Fitted, estimator: str, settings: dict[str, Any]) -> TrainingFacts:
    """Return what is known of a training once it has ended."""
    progress, table, parts = fitted.progress, job.table, job.parts
    solver, slower = fitted.report, fitted.choice.slower
    best = progress.records[progress.best.epoch - 1] if progress.best else None
    return TrainingFacts(
        estimator=estimator,
        settings=settings,
        source=table.source,
        rows=len(parts.train) + len(parts.held),
        training_rows=len(parts.train),
        validation_rows=len(parts.held),
        split=parts.how,
        notes=(
            *table.notes,
            *parts.notes,
            *_of_the_target(job),
            *left_out((part.name, part.reason) for part in job.schema.dropped),
            *([f"the engine {fitted.engine!r} trained it: {slower}"] if slower else []),
        ),
        features=job.schema.names if job.begun_at else tuple(name for name in table.names if name != job.target),
        begun_at=job.begun_at,
        rejected_rows=table.n_rejected,
        rejects=table.rejects,
        empty_rows=table.n_empty,
        metric=fitted.plan.metric,
        effort=job.recipe.effort or "",
        chosen=chosen(job.recipe, settings),
        seed=fitted.plan.seed,
        engine=fitted.engine,
        optimizer=fitted.rule.name if solver is None else solver.solver,
        solver_report=None if solver is None else solver.as_dict(),
        learning_rate=fitted.plan.learning_rate if solver is None else None,
        batch_size=fitted.plan.batch_size if solver is None else None,
        epochs=progress.epoch,
        best_epoch=progress.best.epoch if progress.best else None,
        best=None if best is None else best.as_dict(),
        stopped=progress.stopped,
        interrupted=progress.stopped == Stopped.INTERRUPTED,
        signal=progress.signal_number,
        seconds=progress.seconds,
        certificate=certificate_facts(fitted.certificate),
        autopsy=None if fitted.autopsy is None else str(fitted.autopsy),
        versions={"clearprop": clearprop.__version__, "numpy": np.__version__},
        history=as_columns(progress.records),
        test_share=job.test_share,
        seen="" if isinstance(table, StreamedTable) else sketch_of(job.rows),
    )
