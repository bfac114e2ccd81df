"""How a fit ended, told as scikit-learn tells it, in the words of the estimator's parameters."""

from __future__ import annotations

import signal
import warnings
from dataclasses import replace

from sklearn.exceptions import ConvergenceWarning

from clearprop.clinic import Autopsy
from clearprop.errors import DivergenceError
from clearprop.fitting.endings import DivergenceWarning
from clearprop.fitting.fitted import Fitted
from clearprop.fitting.settings import IN_SKLEARNS_WORDS
from clearprop.solvers import SolverReport
from clearprop.training import EpochEnded, Event, Stopped


class FitDivergedError(DivergenceError, ValueError):
    """Training diverged before there was a good epoch to keep; a ValueError, as in scikit-learn."""


def conclude(fitted: Fitted, on_divergence: str) -> None:
    """Say how training ended, as scikit-learn does where it has a way to say it.

    Raises
    ------
    FitDivergedError
        If it diverged, and there is no good epoch to keep or `on_divergence` is "raise".
    KeyboardInterrupt
        If a signal other than Ctrl-C ended it, after which scikit-learn goes on with what was learned: a request to
        terminate is not swallowed.
    """
    progress, autopsy = fitted.progress, fitted.autopsy and in_mlps_words(fitted.autopsy)
    if progress.stopped == Stopped.INTERRUPTED:
        warnings.warn("Training interrupted by user.", stacklevel=4)
        if progress.signal_number != signal.SIGINT:
            raise KeyboardInterrupt
    if fitted.diverged:
        if progress.best is None or on_divergence == "raise":
            raise FitDivergedError(f"training diverged.\n{autopsy}", progress.divergence, autopsy)
        kept = f"training diverged; the weights of epoch {progress.best.epoch} were kept.\n{autopsy}"
        warnings.warn(kept, DivergenceWarning, stacklevel=4)
    if fitted.report is not None:
        _tell_of_a_solver(fitted.report)


def _tell_of_a_solver(report: SolverReport) -> None:
    if not report.converged and report.stopped not in ("callback", "interrupted"):
        advice = {"iterations": "increase max_iter", "evaluations": "increase max_fun"}
        warnings.warn(
            f"{report.solver} failed to converge after {report.n_iterations} iteration(s): {report.reason}; "
            f"{advice.get(report.stopped, 'raise tol')}, or scale the data.",
            ConvergenceWarning,
            stacklevel=5,
        )


def in_mlps_words(autopsy: Autopsy) -> Autopsy:
    """Return an autopsy in the words of the MLP estimators' parameters."""
    parameter = IN_SKLEARNS_WORDS.words.get(autopsy.cause.parameter, autopsy.cause.parameter)
    return replace(autopsy, cause=replace(autopsy.cause, parameter=parameter))


class IterationLines:
    """Prints a line for each iteration of a batch solver; a listener.

    Parameters
    ----------
    before : int
        Epochs and iterations of the fits before this one.
    """

    def __init__(self, before: int) -> None:
        self._before = before

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            print(f"Iteration {event.record.epoch - self._before}, loss = {event.record.loss:.8f}")
