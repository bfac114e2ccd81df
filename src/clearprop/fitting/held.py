"""What a training leaves of the rows that were held out: the answers to them, and what was wrong with those."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import Session
from clearprop.fitting.table_job import TableJob
from clearprop.tables import Schema
from clearprop.tables.encodings import NumberTarget
from clearprop.tables.encodings.held import FEWEST_KEPT, MOST_KEPT, HeldErrors, HeldScores, RisingCurve
from clearprop.training import outputs, predict
from clearprop.uncertainty import Curve, kept_errors, probabilities

Array = NDArray[Any]

SAMPLED = 4096  # rows
_DIGITS = 7  # of an error in a file


class Held(NamedTuple):
    """Rows that a member has not been trained on, and its answers: Y, weights (n_rows,), a[L] (n_rows, n_out)."""

    Y: Array
    weights: Array | None
    outputs: Array


def held_answers(job: TableJob, sessions: Sequence[Session]) -> list[Held]:
    """Return the answers of each member to the rows that it has not been trained on; of one of several, maybe none."""
    if job.shares:
        held = (job.rows.take(shares.held) for shares in job.shares)
        each = zip(sessions, held, strict=False)
        return [Held(rows.Y, rows.weights, predict(session, rows.X)) for session, rows in each]
    if job.validation is None:
        return []
    rows = job.validation
    return [Held(np.concatenate([block.Y for block in rows.blocks()]), rows.weights, outputs(sessions[0], rows))]


@np.errstate(under="ignore")
def with_held(
    job: TableJob, sessions: Sequence[Session], answers: Sequence[Held], curve: Curve | None = None
) -> Schema:
    """Return the schema of a job whose target remembers how the held-out rows were answered."""
    target, answers = job.schema.target, [one for one in answers if len(one.Y)]
    if not answers or not all(np.isfinite(one.outputs).all() for one in answers) or target is None:
        return job.schema
    if isinstance(target, NumberTarget):
        found: dict[str, Any] = {"held": _errors(job, sessions, answers)}
    else:
        found = {"held": _scores(answers, curve), "curve": curve and RisingCurve(x=curve.x, y=curve.y)}
    return job.schema.model_copy(update={"target": target.model_copy(update=found)})


def _scores(answers: Sequence[Held], curve: Curve | None) -> HeldScores | None:
    """Return how improbable the true classes were held to be; nothing where the outputs are no probabilities."""
    a, codes = (np.concatenate(parts) for parts in ([one.outputs for one in answers], [one.Y for one in answers]))
    if (a < 0).any() or (a > 1).any():
        return None
    P = probabilities(a, curve)
    scores = kept_errors(1 - P[np.arange(len(P)), codes.astype(int)].astype(np.float64), MOST_KEPT)
    return HeldScores(n_rows=len(P), scores=tuple(_short(score) for score in scores.tolist()))


def _errors(job: TableJob, sessions: Sequence[Session], answers: Sequence[Held]) -> HeldErrors:
    errors = [one.outputs[:, 0].astype(np.float64) - one.Y for one in answers]
    most = min(MOST_KEPT, max(FEWEST_KEPT, MOST_KEPT // len(errors)))
    every = np.concatenate(errors)
    return HeldErrors(
        n_rows=len(every),
        rms=_short(np.sqrt(np.mean(every**2))),
        spread=_short(_spread(job, sessions)),
        errors=tuple(tuple(_short(error) for error in kept_errors(one, most).tolist()) for one in errors),
    )


def _spread(job: TableJob, sessions: Sequence[Session]) -> float:
    """Return how far the members' answers to a row lie apart: the root of their mean variance, on a sample of rows."""
    if len(sessions) == 1:
        return 0.0
    X = job.rows.take(slice(None, None, -(-len(job.rows) // SAMPLED))).in_memory().X
    each = np.stack([predict(session, X)[:, 0] for session in sessions]).astype(np.float64)
    return float(np.sqrt(each.var(axis=0, ddof=1).mean()))


def _short(error: float) -> float:
    return float(f"{error:.{_DIGITS}g}")
