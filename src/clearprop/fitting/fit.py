"""fit: the one path of every training, by steps or by a batch solver, from scratch or going on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clearprop.clinic import Autopsy, autopsy, autopsy_of
from clearprop.engines import Choice, Session, at_most_threads
from clearprop.engines.sparse import SparseSession, pays
from clearprop.errors import DivergenceError, UsageError
from clearprop.fitting.averaging import Average
from clearprop.fitting.certification import certify_start
from clearprop.fitting.fitted import Fitted, Standing, kept_parameters
from clearprop.fitting.job import Job
from clearprop.model import Parameters
from clearprop.proofs import Certificate
from clearprop.solvers import solve
from clearprop.training import Listener, Progress, Rows, SparseRows, Stopping, Training

_FRESH = Standing()


@np.errstate(all="ignore")  # what is not finite is looked for, and said
def fit(
    job: Job,
    standing: Standing = _FRESH,
    listeners: Sequence[Listener] = (),
    stopping: Sequence[Stopping] = (),
    pause_at: int | None = None,
) -> Fitted:
    """Train a network as a job says.

    Parameters
    ----------
    job : Job
    standing : Standing
        Where to go on. An update rule goes on to the bit; a batch solver begins anew at the weights it had reached.
    listeners : sequence of Listener
        Functions of the training's events.
    stopping : sequence of Stopping
        Rules, besides the plan's own, that are asked after every epoch.
    pause_at : int, optional
        Number of steps, of the whole run, after which to stop as if interrupted.

    Returns
    -------
    Fitted
        After a divergence too, or a signal: `Fitted.progress.stopped` tells, and `conclude` says it.

    Raises
    ------
    DataError
        If a number is not finite or a target has no meaning for the loss.
    EngineCannot
        If the engine asked for cannot do what the network needs.
    UsageError
        If the solver cannot minimise this objective, or is to be paused.
    """
    job.check()
    average = standing.average
    if average is None and job.recipe.averaging:
        average = Average(job.recipe.averaging)
    heard = ([average] if average else []) + list(listeners)
    with at_most_threads(job.recipe.n_threads if job.threads is None else None):  # else whoever gave them sees to it
        if job.recipe.solver is None:
            fitted = _by_steps(job, standing, heard, stopping, pause_at)
        else:
            _refuse_pause(job.recipe.solver, pause_at)
            fitted = _by_solver(job, standing, heard, stopping)
    return fitted if average is None or not average.t else _averaged(fitted, average, job)


def _by_steps(
    job: Job, standing: Standing, listeners: list[Listener], stopping: Sequence[Stopping], pause_at: int | None
) -> Fitted:
    choice = job.choice()
    session: Session = choice.open(job.start, job.plan.seed, standing.state)
    certificate, rows = _certificate(job, standing, session, job.rows, choice), job.rows
    if isinstance(rows, SparseRows) and pays(rows.X, choice.request):
        session = SparseSession(session, choice.request, job.start, job.plan.seed)
        rows = replace(rows, as_they_are=True)
    training = Training(
        session,
        job.network,
        rows,
        job.plan,
        job.validation,
        listeners,
        _own(standing),
        pause_at,
        stopping,
        job.exchange,
    )
    training.run()
    found = autopsy_of(training, job.columns, job.row_numbers) if training.refused else None
    state, progress = session.get_state(), training.progress
    return Fitted(
        job.network, job.rule, training.plan, state, kept_parameters(job.network, state, progress), progress,
        choice.alone(), certificate=certificate, autopsy=found,
    )  # fmt: skip


def _by_solver(job: Job, standing: Standing, listeners: list[Listener], stopping: Sequence[Stopping]) -> Fitted:
    """Train in float64; the weights take the precision of the start again."""
    job.recipe.refuse_rounded_products()
    choice, solver = job.choice(), job.recipe.solver
    assert solver is not None
    rows, held = job.rows.in_float64(), None if job.validation is None else job.validation.in_float64()
    session = choice.open(job.start, job.plan.seed, standing.state)
    certificate = _certificate(job, standing, session, rows, choice)
    training = Training(session, job.network, rows, job.plan, held, listeners, _own(standing), stopping=stopping)
    report, found = None, None
    try:
        report = solve(training, solver, job.solver_limits())
    except DivergenceError:
        found = _autopsy_of_start(session, rows, job)
    state = session.get_state()
    state = replace(state, parameters=state.parameters.astype(job.start.vector.dtype))
    kept = Parameters(job.start.shapes, state.parameters)
    return Fitted(job.network, job.rule, job.plan, state, kept, training.progress, choice, report, certificate, found)


def _own(standing: Standing) -> Progress:
    """Return a progress of this run's own: what it goes on from stays as it is."""
    return replace(standing.progress, records=list(standing.progress.records), sums=replace(standing.progress.sums))


def _certificate(job: Job, standing: Standing, session: Session, rows: Rows, choice: Choice) -> Certificate | None:
    if standing.certificate is not None or not job.recipe.certify:
        return standing.certificate
    begun = choice.open(job.start, job.plan.seed) if standing.cut else session
    return certify_start(begun, rows, job.plan.seed, choice.name)


def _autopsy_of_start(session: Session, rows: Rows, job: Job) -> Autopsy:
    """Examine why J over all rows is not finite where a batch solver was to begin."""
    with np.errstate(all="ignore"):
        trace = session.trace(rows.X, rows.Y, rows.weights)
    numbers = np.arange(len(rows)) if job.row_numbers is None else job.row_numbers
    return autopsy(trace, numbers, epoch=1, learning_rate=None, feature_names=job.columns)


def _averaged(fitted: Fitted, average: Average, job: Job) -> Fitted:
    """Return what was trained with the mean of the weights in place of the last ones."""
    of_best = job.plan.restore_best and job.validation is not None
    mean = average.in_place_of(fitted.parameters.vector, of_best)
    return replace(fitted, parameters=Parameters(job.start.shapes, mean), average=average)


def _refuse_pause(solver: str, pause_at: int | None) -> None:
    if pause_at is not None:
        raise UsageError(
            f"a training is cut between two steps, and the batch solver {solver!r} takes none; choose an update rule "
            "such as adam."
        )
