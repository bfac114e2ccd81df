"""The training of a table estimator, once its job is prepared: by steps or by a batch solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clearprop.errors import UsageError
from clearprop.estimators.checkpoints import CheckpointPlan, Checkpoints, Resumption
from clearprop.estimators.fitting import Fitted, fit_by_solver, fit_network
from clearprop.estimators.precision import refuse_rounded_products
from clearprop.estimators.table.inside import with_cells
from clearprop.estimators.table.job import Job
from clearprop.training import Listener, show_progress

OF_STEPS = {"learning_rate": None, "schedule": "constant", "clip_norm": None, "batch_size": None}
"""Settings without a meaning for a batch solver, and what they are left at."""


def check_for_solver(estimator: Any, pause_at: int | None) -> None:
    """Refuse settings that a batch solver would ignore.

    Raises
    ------
    UsageError
        Naming the first.
    """
    solver = estimator.optimizer
    refuse_rounded_products(estimator.precision, solver)
    for name, left_at in OF_STEPS.items():
        value = getattr(estimator, name)
        if value != left_at:
            raise UsageError(
                f"{name} must be left out beside the batch solver {solver!r}, which takes no steps, got {value!r}; "
                "leave it out, or choose an update rule such as adam."
            )
    if pause_at is not None:
        raise UsageError(
            f"a training is cut between two steps, and the batch solver {solver!r} takes none; choose an update rule "
            "such as adam."
        )


def train(
    estimator: Any,
    job: Job,
    listeners: Sequence[Listener],
    checkpoints: CheckpointPlan | None,
    resume: Resumption | None,
    pause_at: int | None,
) -> Fitted:
    """Train as the estimator's settings say; see `TableEstimator.fit`."""
    if resume is not None:
        resume.check(job.rows)
    heard: list[Listener] = [show_progress()] if estimator.verbose else []
    if checkpoints is not None:
        heard.append(Checkpoints(checkpoints, job.network, job.rule, job.rows))
    options: dict[str, Any] = {
        "validation": job.validation, "engine": estimator.engine, "parameters": job.parameters,
        "listeners": [*heard, *listeners], "certify": estimator.certify,
        "feature_names": job.schema.column_names, "row_numbers": job.parts.train,
    }  # fmt: skip
    options |= {"state": resume.state, "progress": resume.progress} if resume else {}
    if estimator.takes_all_rows:
        fitted = fit_by_solver(job.network, job.rows, job.plan, estimator.optimizer, **options)
    else:
        options |= {"precision": estimator.precision, "pause_at": pause_at}
        fitted = fit_network(job.network, job.rows, job.plan, job.rule, **options)
    if fitted.autopsy is None:
        return fitted
    return replace(fitted, autopsy=with_cells(fitted.autopsy, job.table, job.schema.names))
