"""The training of a table estimator, once its job is prepared: by steps or by a batch solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clearprop.errors import UsageError
from clearprop.estimators.fitting import Fitted, fit_by_solver, fit_network
from clearprop.estimators.table.inside import with_cells
from clearprop.estimators.table.job import Job
from clearprop.fitting.averaging import Average
from clearprop.fitting.checkpoints import CheckpointPlan, Checkpoints, Resumption
from clearprop.fitting.recipe import Recipe
from clearprop.training import Listener, show_progress


def train(
    recipe: Recipe,
    job: Job,
    listeners: Sequence[Listener],
    checkpoints: CheckpointPlan | None,
    resume: Resumption | None,
    pause_at: int | None,
) -> Fitted:
    """Train as the recipe says; see `TableEstimator.fit`."""
    if resume is not None:
        resume.check(job.rows)
    average = _average(recipe, resume)
    heard: list[Listener] = [show_progress()] if recipe.verbose else []
    heard += [average] if average else []
    if checkpoints is not None:
        heard.append(Checkpoints(checkpoints, job.network, job.rule, job.rows, average))
    options: dict[str, Any] = {
        "validation": job.validation, "engine": recipe.engine, "parameters": job.parameters,
        "listeners": [*heard, *listeners], "certify": recipe.certify,
        "feature_names": job.schema.column_names, "row_numbers": job.parts.train,
    }  # fmt: skip
    options |= {"state": resume.state, "progress": resume.progress} if resume else {}
    if recipe.solver is not None:
        _refuse_pause(recipe.solver, pause_at)
        fitted = fit_by_solver(
            job.network, job.rows, job.plan, recipe.solver, n_evaluations=recipe.n_evaluations, **options
        )
    else:
        options |= {"precision": recipe.precision, "pause_at": pause_at}
        fitted = fit_network(job.network, job.rows, job.plan, job.rule, **options)
    if average is not None and average.t:
        mean = average.in_place_of(fitted.state.parameters, of_best=job.validation is not None)
        fitted = replace(fitted, state=replace(fitted.state, parameters=mean))
    if fitted.autopsy is None:
        return fitted
    return replace(fitted, autopsy=with_cells(fitted.autopsy, job.table, job.schema.names))


def _average(recipe: Recipe, resume: Resumption | None) -> Average | None:
    """Return the mean of the weights, where one is asked for; that of the run before, where one goes on."""
    if not recipe.averaging:
        return None
    return Average.of(recipe.averaging, resume.vectors, resume.progress.epoch) if resume else Average(recipe.averaging)


def _refuse_pause(solver: str, pause_at: int | None) -> None:
    if pause_at is not None:
        raise UsageError(
            f"a training is cut between two steps, and the batch solver {solver!r} takes none; choose an update rule "
            "such as adam."
        )
