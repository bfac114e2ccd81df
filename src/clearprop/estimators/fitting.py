"""Fit a network: what every estimator does once its rows are numbers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.clinic import Autopsy, autopsy, autopsy_of
from clearprop.engines import Precision, Request, Session, State, choose
from clearprop.equations.optimizers import SGD, Rule
from clearprop.errors import DivergenceError
from clearprop.fitting.certification import certify_start
from clearprop.model import Network, Parameters, initial, parameter_shapes
from clearprop.proofs import Certificate
from clearprop.solvers import Limits, SolverReport, solve
from clearprop.training import Listener, Plan, Progress, Rows, Stopped, Training, check_rows

Array = NDArray[Any]


class DivergenceWarning(UserWarning):
    """Training diverged and was ended; the weights are those of its best epoch."""


class InterruptedWarning(UserWarning):
    """Training was interrupted; the weights are the best so far."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network: plain data, so it can be pickled, copied and stored.

    Attributes
    ----------
    network : Network
    rule : Rule
    plan : Plan
    state : State
        Parameters and the rule's memory, as training left them.
    progress : Progress
        History, best epoch, and why training ended.
    engine : str
        The engine that trained it.
    seed : int
    report : SolverReport or None
        How a batch solver ended, where one trained it.
    certificate : Certificate or None
        Of the gradient it began with; None if it was left out.
    autopsy : Autopsy or None
        Where training diverged.
    slower : str or None
        Why the engine "auto" took is not the fastest there could be.
    """

    network: Network
    rule: Rule
    plan: Plan
    state: State
    progress: Progress
    engine: str
    seed: int
    report: SolverReport | None = None
    certificate: Certificate | None = None
    autopsy: Autopsy | None = None
    slower: str | None = None

    @property
    def parameters(self) -> Parameters:
        """The trained parameters by name."""
        return Parameters(parameter_shapes(self.network), self.state.parameters)


def fit_network(
    network: Network,
    rows: Rows,
    plan: Plan,
    rule: Rule,
    *,
    validation: Rows | None = None,
    engine: str = "auto",
    precision: str | Precision | None = None,
    parameters: Parameters | None = None,
    state: State | None = None,
    progress: Progress | None = None,
    listeners: Sequence[Listener] = (),
    pause_at: int | None = None,
    certify: bool = True,
    feature_names: Sequence[str] | None = None,
    row_numbers: Array | None = None,
) -> Fitted:
    """Train a network on given rows.

    Parameters
    ----------
    rows, validation : Rows
        Their precision is the one training runs in.
    precision : str or Precision, optional
        That of the rows if left out.
    parameters : Parameters, optional
        Where to start; drawn by the plan's seed if left out.
    state, progress : optional
        Of an earlier run, to continue it.
    pause_at : int, optional
        Number of steps after which to stop as if interrupted.
    certify : bool
        Whether to compare the engine's gradient with slopes of J on a few rows first.
    feature_names : sequence of str, optional
        Of the columns of X, for the autopsy of a divergence.
    row_numbers : int array (n_rows,), optional
        What the user calls each row, likewise.

    Raises
    ------
    DataError
        If a number is not finite or a target has no meaning for the loss.
    EngineCannot
        If the engine asked for cannot do what the network needs.
    """
    _check_all(rows, validation, network)
    parameters = parameters or initial(network, plan.seed, rows.X.dtype)
    choice = choose(engine, Request(network, rule, precision or rows.X.dtype))
    session = choice.open(parameters, plan.seed, state)
    certificate = certify_start(session, rows, plan.seed, choice.name) if certify else None
    training = Training(session, network, rows, plan, validation, listeners, progress, pause_at)
    training.run()
    found = autopsy_of(training, feature_names, row_numbers) if training.refused else None
    return Fitted(
        network, rule, plan, session.get_state(), training.progress, choice.name, plan.seed,
        certificate=certificate, autopsy=found, slower=choice.slower,
    )  # fmt: skip


def fit_by_solver(
    network: Network,
    rows: Rows,
    plan: Plan,
    solver: str,
    *,
    n_evaluations: int | None = None,
    validation: Rows | None = None,
    engine: str = "auto",
    parameters: Parameters | None = None,
    state: State | None = None,
    progress: Progress | None = None,
    listeners: Sequence[Listener] = (),
    certify: bool = True,
    feature_names: Sequence[str] | None = None,
    row_numbers: Array | None = None,
) -> Fitted:
    """Train a network by a batch solver, in float64; the parameters come back in the precision of the rows.

    Parameters
    ----------
    plan : Plan
        Its epochs are the solver's iterations; see `clearprop.solvers.solve`.
    solver : str
        A name of `clearprop.solvers.SOLVERS`.
    n_evaluations : int, optional
        Passes over all rows, at most.
    state, progress : optional
        Of an earlier run, to begin again where it stood.
    certify, feature_names, row_numbers
        As in `fit_network`.

    Raises
    ------
    DataError, EngineCannot
        As `fit_network` does.
    UsageError
        If the solver cannot minimise this network's objective.
    """
    _check_all(rows, validation, network)
    dtype, rule, limits = rows.X.dtype, SGD(), Limits(n_iterations=plan.n_epochs, n_evaluations=n_evaluations)
    parameters = parameters or initial(network, plan.seed, dtype)
    rows, held = rows.in_float64(), None if validation is None else validation.in_float64()
    choice = choose(engine, Request(network, rule, "float64"))
    session = choice.open(parameters, plan.seed, state)
    certificate = certify_start(session, rows, plan.seed, choice.name) if certify else None
    progress, report, found = progress or Progress(), None, None
    try:
        _, report = solve(session, network, rows, solver, limits, plan, held, listeners, progress)
    except DivergenceError:
        found = autopsy_of_start(session, rows, feature_names, row_numbers)
    end = session.get_state()
    state = replace(end, parameters=end.parameters.astype(dtype))
    return Fitted(
        network, rule, plan, state, progress, choice.name, plan.seed,
        report=report, certificate=certificate, autopsy=found,
    )  # fmt: skip


def _check_all(rows: Rows, validation: Rows | None, network: Network) -> None:
    check_rows(rows, network)
    if validation is not None:
        check_rows(validation, network)


def autopsy_of_start(
    session: Session, rows: Rows, feature_names: Sequence[str] | None = None, row_numbers: Array | None = None
) -> Autopsy:
    """Examine why J over all rows is not finite where a batch solver was to begin."""
    with np.errstate(all="ignore"):
        trace = session.trace(rows.X, rows.Y, rows.weights)
    numbers = np.arange(len(rows)) if row_numbers is None else row_numbers
    return autopsy(trace, numbers, epoch=1, learning_rate=None, feature_names=feature_names)


def conclude(fitted: Fitted, on_divergence: str = "restore_best") -> None:
    """Say how training ended, once the estimator holds what it learned.

    Parameters
    ----------
    fitted : Fitted
    on_divergence : {"restore_best", "raise"}
        Whether a divergence is an error even where there is a good epoch to fall back to.

    Raises
    ------
    DivergenceError
        If it diverged, and there is no good epoch to fall back to or none is wanted.
    KeyboardInterrupt
        If it was interrupted; the estimator is fitted with the best weights so far.
    """
    progress = fitted.progress
    if progress.stopped == Stopped.DIVERGED:
        found = fitted.autopsy or progress.divergence
        if progress.best is None or on_divergence == "raise":
            raise DivergenceError(f"training diverged.\n{found}", progress.divergence, fitted.autopsy)
        kept = f"training diverged; the weights of epoch {progress.best.epoch} were kept.\n{found}"
        warnings.warn(kept, DivergenceWarning, stacklevel=3)
    if progress.stopped == Stopped.INTERRUPTED:
        kept = f"training was interrupted in epoch {progress.epoch + 1}; the best weights so far were kept."
        warnings.warn(kept, InterruptedWarning, stacklevel=3)
        raise KeyboardInterrupt
