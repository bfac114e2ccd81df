"""Fit an MLP estimator over all rows at once: solver="lbfgs"."""

from __future__ import annotations

import signal
import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from clearprop.engines import choose_engine
from clearprop.equations import get_rule
from clearprop.errors import DivergenceError
from clearprop.estimators._mlp_callbacks import Tasks
from clearprop.estimators._mlp_network import parameters_of, weights_of
from clearprop.estimators._mlp_sparse import SparseRows
from clearprop.estimators._mlp_steps import FitDivergedError
from clearprop.estimators.fitting import open_session
from clearprop.model import Parameters
from clearprop.training import Rows
from clearprop.training.solvers import OnIteration, Solution, lbfgs


def fit_by_batch(mlp: Any, rows: Rows, tasks: Tasks) -> None:
    """Minimise J over all rows with L-BFGS, in float64; the weights take the precision of the rows.

    Raises
    ------
    FitDivergedError
        If J is not finite at the start.
    """
    precision = mlp.coefs_[0].dtype
    parameters = parameters_of(mlp.network_, mlp.coefs_, mlp.intercepts_)
    parameters = Parameters(parameters.shapes, parameters.vector.astype(np.float64))
    mlp.engine_ = choose_engine(mlp.engine, mlp.network_, get_rule("sgd"), np.dtype(np.float64)).name
    session = open_session(mlp.network_, parameters, get_rule("sgd"), mlp.engine_, mlp._seed)
    try:
        solution = lbfgs(
            session,
            mlp.network_,
            _in_float64(rows),
            max_iterations=mlp.max_iter,
            max_evaluations=mlp.max_fun,
            tolerance=mlp.tol,
            on_iteration=_reporter(mlp, tasks, precision),
        )
    except DivergenceError as error:
        raise FitDivergedError(str(error)) from error
    tasks.end(lambda: session.get_state().parameters)
    vector = session.get_state().parameters.astype(precision)
    mlp.coefs_, mlp.intercepts_ = weights_of(Parameters(parameters.shapes, vector))
    mlp.n_iter_, mlp.loss_ = solution.iterations, solution.J
    mlp.loss_curve_ = [*mlp.loss_curve_, *solution.losses]
    mlp.best_loss_ = min(mlp.loss_curve_, default=solution.J)
    mlp.history_ = {"epoch": list(range(1, len(mlp.loss_curve_) + 1)), "loss": mlp.loss_curve_}
    _conclude(solution)


def _reporter(mlp: Any, tasks: Tasks, precision: Any) -> OnIteration:
    """Return what tells user and callbacks where the solver stands; a callback can stop it."""

    def report(iteration: int, J: float, vector: Any) -> None:
        if mlp.verbose:
            print(f"Iteration {iteration}, loss = {J:.8f}")
        stop = tasks.end(lambda: vector.astype(precision))
        if stop:
            raise StopIteration
        if iteration < mlp.max_iter:
            tasks.begin("iteration")

    tasks.begin("iteration")
    return report


def _in_float64(rows: Rows) -> Rows:
    X = rows.X.dense() if isinstance(rows.X, SparseRows) else rows.X
    Y = rows.Y if rows.Y.dtype.kind == "i" else rows.Y.astype(np.float64)
    return Rows(X.astype(np.float64, copy=False), Y, rows.weights)


def _conclude(solution: Solution) -> None:
    if solution.stopped == "interrupted":
        warnings.warn("Training interrupted by user.", stacklevel=4)
        if solution.signal_number != signal.SIGINT:
            raise KeyboardInterrupt
    elif solution.stopped not in ("converged", "callback"):
        reasons = {
            "iterations": "the limit max_iter was reached; increase it",
            "evaluations": "the limit max_fun was reached; increase it",
            "line search": "no step along the search direction makes J smaller",
        }
        warnings.warn(
            f"lbfgs failed to converge after {solution.iterations} iteration(s): {reasons[solution.stopped]}, "
            "or scale the data.",
            ConvergenceWarning,
            stacklevel=4,
        )
