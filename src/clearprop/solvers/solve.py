"""minimise: run a batch solver. solve: the same as a training, with its events, history, patience and best weights."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from clearprop.engines import Session
from clearprop.engines.blas import one_blas_thread
from clearprop.equations.penalties import penalty
from clearprop.errors import DivergenceError, unknown_name
from clearprop.model import Network
from clearprop.solvers.bayes import bayesian_regularisation
from clearprop.solvers.least_squares import row_weights
from clearprop.solvers.levenberg_marquardt import levenberg_marquardt
from clearprop.solvers.limits import Limits, Watch
from clearprop.solvers.problem import Problem, penalised_parameters
from clearprop.solvers.report import SolverReport
from clearprop.solvers.smooth import conjugate_gradient, lbfgs, newton
from clearprop.training.interruption import Interruption
from clearprop.training.loop import Training
from clearprop.training.rows import Array, Rows
from clearprop.training.stopping import Stopped

Solver: TypeAlias = Callable[[Problem, Limits, Watch], SolverReport]
OnIteration: TypeAlias = Callable[[int, float, float, Array], bool]
"""Called after every iteration with its number (1 for the first), J, the gradient's norm and the vector of all
parameters (n,), which the session holds too; returns whether to stop."""

SOLVERS: dict[str, Solver] = {
    "lbfgs": lbfgs,
    "cg": conjugate_gradient,
    "newton": newton,
    "lm": levenberg_marquardt,
    "trainbr": bayesian_regularisation,
}

_STOPPED = {
    "iterations": Stopped.EPOCHS,
    "evaluations": Stopped.EPOCHS,
    "callback": Stopped.CALLBACK,
    "interrupted": Stopped.INTERRUPTED,
}
"""What a training calls the solvers' reasons; all others have found what there is to be found."""


def minimise(
    session: Session,
    network: Network,
    rows: Rows,
    solver: str = "lbfgs",
    limits: Limits | None = None,
    on_iteration: OnIteration | None = None,
) -> SolverReport:
    """Minimise J over all rows; the session holds the solution afterwards.

    Parameters
    ----------
    session : Session
        Holds the parameters to start from. float64 lets a solver see small improvements.
    solver : str
        A name of `SOLVERS`.
    limits : Limits, optional
    on_iteration : callable, optional

    Raises
    ------
    UsageError
        If there is no such solver, or it cannot minimise this objective.
    DivergenceError
        If J or its gradient is not finite at the start.
    """
    if solver not in SOLVERS:
        raise unknown_name("solver", solver, SOLVERS)
    problem, n_iterations = Problem(session, network, rows), 0

    with one_blas_thread(), np.errstate(all="ignore"), Interruption() as interruption:

        def watch(w: Array, J: float, gradient_norm: float) -> str | None:
            nonlocal n_iterations
            n_iterations += 1
            problem.move_to(w)
            asked = on_iteration is not None and on_iteration(n_iterations, J, gradient_norm, problem.whole(w))
            if interruption.signal_number is not None:
                return "interrupted"
            return "callback" if asked else None

        report = SOLVERS[solver](problem, limits or Limits(), watch)
    return replace(report, signal_number=interruption.signal_number)


def solve(training: Training, solver: str, limits: Limits) -> SolverReport:
    """Train by a batch solver: every iteration is an epoch of the training, recorded, judged and announced as such.

    Parameters
    ----------
    training : Training
        Its plan's monitor, patience, tolerance, time limit and restore_best apply, its rules of stopping, and its
        number of epochs if smaller than the limits'; batches, learning rate and schedule have no meaning here. Where
        its progress has epochs already, the history goes on, and so does their count; the solver begins anew at the
        session's weights, without what it had learned of the curvature, so this is not the straight run to the bit.
    solver : str
        A name of `SOLVERS`.
    limits : Limits

    Raises
    ------
    UsageError, DivergenceError
        As `minimise` does.
    """
    session, network, rows, plan = training.session, training.network, training.rows, training.plan
    progress = training.progress
    started = time.perf_counter() - progress.seconds
    penalised, strengths = penalised_parameters(network), network.objective.strengths(row_weights(rows))

    def on_iteration(number: int, J: float, gradient_norm: float, vector: Array) -> bool:
        progress.seconds = time.perf_counter() - started
        training.end_epoch(J, float(penalty(vector[penalised], *strengths)), gradient_norm, learning_rate=None)
        if plan.max_seconds is not None and progress.seconds > plan.max_seconds:
            training.stop(Stopped.TIME)
        return progress.stopped is not None

    left = min(limits.n_iterations, plan.n_epochs) - progress.epoch
    with training.announced():
        try:
            if left > 0:
                report = minimise(session, network, rows, solver, replace(limits, n_iterations=left), on_iteration)
            else:
                report = _standing(Problem(session, network, rows), solver)
        except DivergenceError as error:
            progress.stopped, progress.divergence = Stopped.DIVERGED, error.divergence
            raise
        training.stop(_STOPPED.get(report.stopped, Stopped.CONVERGED))
        progress.signal_number = report.signal_number or progress.signal_number
    return report


def _standing(problem: Problem, solver: str) -> SolverReport:
    """Return the report of a run that had all its iterations before."""
    J, g = problem.value_and_gradient(problem.start())
    return SolverReport(
        solver=solver, stopped="iterations", n_iterations=0, n_evaluations=problem.n_evaluations, losses=(), J=J,
        gradient_norm=float(np.linalg.norm(g)),
    )  # fmt: skip
