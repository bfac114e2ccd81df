"""What a training leaves of the rows that were held out: the answers to them, and what was wrong with those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import Session
from clearprop.fitting.table_job import TableJob
from clearprop.tables import Schema
from clearprop.tables.encodings import NumberTarget
from clearprop.tables.encodings.held import FEWEST_KEPT, MOST_KEPT, HeldErrors
from clearprop.training import outputs, predict
from clearprop.uncertainty import kept_errors

Array = NDArray[Any]

SAMPLED = 4096  # rows
_DIGITS = 7  # of an error in a file


def held_answers(job: TableJob, sessions: Sequence[Session]) -> Iterator[tuple[Array, Array]]:
    """Yield Y (n_rows,) and a[L] (n_rows, n_out) of the rows that each member has not been trained on."""
    if job.shares:
        for session, shares in zip(sessions, job.shares, strict=False):
            rows = job.rows.take(shares.held)
            yield rows.Y, predict(session, rows.X)
    elif job.validation is not None:
        held = np.concatenate([block.Y for block in job.validation.blocks()])
        yield held, outputs(sessions[0], job.validation)


def with_held(job: TableJob, sessions: Sequence[Session]) -> Schema:
    """Return the schema of a job whose target remembers how the held-out rows were answered."""
    target = job.schema.target
    if not isinstance(target, NumberTarget):
        return job.schema
    errors = [a[:, 0].astype(np.float64) - Y for Y, a in held_answers(job, sessions)]
    errors = [one for one in errors if len(one)]
    if not errors or not all(np.isfinite(one).all() for one in errors):
        return job.schema
    most = min(MOST_KEPT, max(FEWEST_KEPT, MOST_KEPT // len(errors)))
    every = np.concatenate(errors)
    held = HeldErrors(
        n_rows=len(every),
        rms=_short(np.sqrt(np.mean(every**2))),
        spread=_short(_spread(job, sessions)),
        errors=tuple(tuple(_short(error) for error in kept_errors(one, most).tolist()) for one in errors),
    )
    return job.schema.model_copy(update={"target": target.model_copy(update={"held": held})})


def _spread(job: TableJob, sessions: Sequence[Session]) -> float:
    """Return how far the members' answers to a row lie apart: the root of their mean variance, on a sample of rows."""
    if len(sessions) == 1:
        return 0.0
    X = job.rows.take(slice(None, None, -(-len(job.rows) // SAMPLED))).in_memory().X
    each = np.stack([predict(session, X)[:, 0] for session in sessions]).astype(np.float64)
    return float(np.sqrt(each.var(axis=0, ddof=1).mean()))


def _short(error: float) -> float:
    return float(f"{error:.{_DIGITS}g}")
