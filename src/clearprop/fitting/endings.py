"""How a training ended, told as table estimators tell it."""

from __future__ import annotations

import warnings

from clearprop.errors import DivergenceError, Interrupted
from clearprop.fitting.fitted import Fitted
from clearprop.training import Stopped


class DivergenceWarning(UserWarning):
    """Training diverged and was ended; the weights are those of its best epoch."""


class InterruptedWarning(UserWarning):
    """Training was interrupted; the weights are the best so far."""


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
    refuse_divergence(fitted, on_divergence)
    progress = fitted.progress
    if fitted.diverged and progress.best is not None:
        found = fitted.autopsy or progress.divergence
        kept = f"training diverged; the weights of epoch {progress.best.epoch} were kept.\n{found}"
        warnings.warn(kept, DivergenceWarning, stacklevel=3)
    if progress.stopped == Stopped.INTERRUPTED:
        kept = f"training was interrupted in epoch {progress.epoch + 1}; the best weights so far were kept."
        warnings.warn(kept, InterruptedWarning, stacklevel=3)
        raise Interrupted(progress.signal_number)


def refuse_divergence(fitted: Fitted, on_divergence: str) -> None:
    """Refuse a training that diverged and left nothing to fall back to, or nothing that is wanted.

    Raises
    ------
    DivergenceError
        With the autopsy.
    """
    if fitted.diverged and (fitted.progress.best is None or on_divergence == "raise"):
        found = fitted.autopsy or fitted.progress.divergence
        raise DivergenceError(f"training diverged.\n{found}", fitted.progress.divergence, fitted.autopsy)
