"""Fit an MLP estimator over all rows at once, by a solver of `clearprop.solvers`."""

from __future__ import annotations

import math
import time
import warnings
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from clearprop.engines import Request, Session, choose
from clearprop.equations import get_rule
from clearprop.errors import DivergenceError
from clearprop.estimators.fitting import autopsy_of_start
from clearprop.estimators.mlp.callbacks import Tasks
from clearprop.estimators.mlp.ending import column_names, diverged, in_mlps_words, tell_interruption
from clearprop.estimators.mlp.network import parameters_of, weights_of
from clearprop.fitting.certification import certify_fit
from clearprop.fitting.recipe import Recipe
from clearprop.model import Network, Parameters, parameter_shapes
from clearprop.solvers import Limits, OnIteration, SolverReport, minimise
from clearprop.training import Rows, as_records, evaluate, metric_stride

LBFGS_DECREASE = 2.220446049250313e-09  # SciPy's ftol, which scikit-learn leaves as it is
MEASURED = ("metric", "validation_loss", "validation_metric")
SMALLEST_GRADIENT_SEEN = LBFGS_DECREASE**0.5  # where the decrease of J falls below it


def fit_by_batch(mlp: Any, recipe: Recipe, rows: Rows, validation: Rows | None, tasks: Tasks) -> None:
    """Minimise J over all rows, in float64; the weights take the precision of the rows.

    Validation rows are measured after every iteration, for `history_`; no solver stops by them.

    Raises
    ------
    FitDivergedError
        If J is not finite at the start.
    UsageError
        If products are to be rounded.
    """
    recipe.refuse_rounded_products()
    session = _open(mlp)
    rows, held = rows.in_float64(), None if validation is None else validation.in_float64()
    curves = _Curves(session, mlp.network_, rows, held)
    report = _reporter(mlp, tasks, mlp.coefs_[0].dtype, curves)
    certify_fit(mlp, session, rows)
    try:
        found = minimise(session, mlp.network_, rows, mlp.solver, _limits(mlp), report)
    except DivergenceError as error:
        autopsy = autopsy_of_start(session, rows, column_names(mlp))
        raise diverged(error.divergence, in_mlps_words(autopsy)) from None
    tasks.end(lambda: session.get_state().parameters)
    _keep(mlp, session, curves, found)
    _conclude(found)


def _open(mlp: Any) -> Session:
    """Open a session at the estimator's weights, in float64."""
    choice = choose(mlp.engine, Request(mlp.network_, get_rule("sgd"), "float64"))
    mlp.engine_ = choice.name
    return choice.open(parameters_of(mlp.network_, mlp.coefs_, mlp.intercepts_), mlp._seed)


def _keep(mlp: Any, session: Session, curves: _Curves, found: SolverReport) -> None:
    """Put what was learned on the estimator."""
    vector = session.get_state().parameters.astype(mlp.coefs_[0].dtype)
    mlp.coefs_, mlp.intercepts_ = weights_of(Parameters(parameter_shapes(mlp.network_), vector))
    mlp.solver_report_, mlp.n_iter_, mlp.loss_ = found, found.n_iterations, found.J
    mlp.history_ = curves.after(getattr(mlp, "history_", {}), mlp.loss_curve_, found)
    mlp.loss_curve_ = [*mlp.loss_curve_, *found.losses]
    mlp.best_loss_ = min(mlp.loss_curve_, default=found.J)
    mlp._records, mlp._epochs = as_records(mlp.history_), len(mlp.loss_curve_)


def _limits(mlp: Any) -> Limits:
    """Return scikit-learn's limits; whoever asks lbfgs for a smaller gradient than its ftol lets it see, gets it."""
    as_scikit_learn = mlp.solver == "lbfgs" and mlp.tol >= SMALLEST_GRADIENT_SEEN
    return Limits(
        n_iterations=mlp.max_iter,
        n_evaluations=mlp.max_fun,
        gradient=mlp.tol,
        value=LBFGS_DECREASE if as_scikit_learn else 0.0,
        condition=mlp.solver != "lbfgs",
    )


class _Curves:
    """The metric of the training rows, loss and metric of the validation rows, after every iteration."""

    def __init__(self, session: Session, network: Network, rows: Rows, validation: Rows | None) -> None:
        self._session, self._network = session, network
        self._sample = rows.take(slice(None, None, metric_stride(len(rows))))
        self._validation = validation
        self._found: dict[str, list[float | None]] = {name: [] for name in MEASURED}

    def measure(self) -> None:
        """Note what the session's weights of this moment come to; nothing where there are no validation rows."""
        found: tuple[float | None, ...] = (None,) * len(MEASURED)
        if self._validation is not None:
            _, metric = evaluate(self._session, self._network, self._sample)
            found = (metric, *evaluate(self._session, self._network, self._validation))
        for name, value in zip(MEASURED, found, strict=True):
            self._found[name].append(value)

    def after(self, history: dict[str, Any], losses: list[float], report: SolverReport) -> dict[str, Any]:
        """Return the history that ends with these curves, after that of the fits before this one, with these losses."""
        n = len(losses)
        before = {name: history.get(name, [None] * n)[:n] for name in MEASURED}
        return {
            "epoch": list(range(1, n + len(report.losses) + 1)),
            "loss": [*losses, *report.losses],
            **{name: [*before[name], *self._found[name]] for name in MEASURED},
        }


def _reporter(mlp: Any, tasks: Tasks, precision: Any, curves: _Curves) -> OnIteration:
    """Return what tells user and callbacks where the solver stands; a callback can stop it."""

    started, seconds = time.perf_counter(), math.inf if mlp.max_seconds is None else mlp.max_seconds

    def report(iteration: int, J: float, gradient_norm: float, vector: Any) -> bool:
        if mlp.verbose:
            print(f"Iteration {iteration}, loss = {J:.8f}")
        curves.measure()
        stop = tasks.end(lambda: vector.astype(precision)) or time.perf_counter() - started > seconds
        if not stop and iteration < mlp.max_iter:
            tasks.begin("iteration")
        return stop

    tasks.begin("iteration")
    return report


def _conclude(report: SolverReport) -> None:
    if report.stopped == "interrupted":
        tell_interruption(report.signal_number)
    elif not report.converged and report.stopped != "callback":
        advice = {"iterations": "increase max_iter", "evaluations": "increase max_fun"}
        warnings.warn(
            f"{report.solver} failed to converge after {report.n_iterations} iteration(s): {report.reason}; "
            f"{advice.get(report.stopped, 'raise tol')}, or scale the data.",
            ConvergenceWarning,
            stacklevel=4,
        )
