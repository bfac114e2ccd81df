"""The training of a table estimator, once its job is prepared: who listens, and where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clearprop.clinic import Autopsy
from clearprop.errors import UsageError
from clearprop.fitting.averaging import Average
from clearprop.fitting.checkpoints import CheckpointPlan, Checkpoints, about_shards
from clearprop.fitting.fit import fit
from clearprop.fitting.fitted import Fitted, Standing
from clearprop.fitting.members import train_members
from clearprop.fitting.table_job import TableJob
from clearprop.tables import StreamedTable, Table
from clearprop.training import Listener, show_progress, show_progress_of

NO_PARTS = (
    "a training of several members writes no checkpoints and cannot be cut or resumed; leave the checkpoints out, or "
    "train with members=1."
)


def train(job: TableJob, listeners: Sequence[Listener], checkpoints: CheckpointPlan | None) -> list[Fitted]:
    """Train as the job says, one network or several; see `TableEstimator.fit`."""
    if job.shares:
        if checkpoints is not None:
            raise UsageError(NO_PARTS)
        shown = [show_progress_of(len(job.shares))] if job.recipe.verbose else []
        return [_told(fitted, job) for fitted in train_members(job, [*shown, *listeners])]
    plan = checkpoints or CheckpointPlan()
    resume = plan.resume
    if resume is not None:
        resume.check(job.rows, job.plan)
    averaging = job.recipe.averaging
    standing = resume.standing(averaging) if resume else Standing(average=Average(averaging) if averaging else None)
    first = job.exchange.rank == 0
    heard: list[Listener] = [show_progress()] if job.recipe.verbose and first else []
    if plan.folder is not None and first:
        kept = replace(plan, about=plan.about | about_shards(job.plan))
        heard.append(Checkpoints(plan.folder, kept, job.network, job.rule, job.rows, standing.average))
    return [_told(fit(job, standing, [*heard, *listeners], pause_at=plan.pause_at), job)]


def _told(fitted: Fitted, job: TableJob) -> Fitted:
    """Return what was trained with its autopsy, if it has one, in the table's own rows and cells."""
    if fitted.autopsy is None:
        return fitted
    return replace(fitted, autopsy=with_cells(fitted.autopsy, job.table, job.schema.names))


def with_cells(autopsy: Autopsy, table: Table, names: Sequence[str]) -> Autopsy:
    """Return the autopsy with the table's rows and the cells that stand there, not the numbers made of them."""
    found, origin = autopsy.divergence, np.arange(len(table)) if table.origin is None else table.origin
    rows = origin[autopsy.rows]
    if found.row is None or isinstance(table, StreamedTable):  # a streamed table is closed by then
        return replace(autopsy, rows=rows)
    cells = {name: _cell(table, name, found.row) for name in names}
    return replace(autopsy, rows=rows, divergence=replace(found, row=int(origin[found.row])), features=cells)


def _cell(table: Table, name: str, row: int) -> float | str:
    column = table.column(name)
    cell = column.cells(column.values[row : row + 1])[0]
    if cell is None:
        return "missing"
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell)
