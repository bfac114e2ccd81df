"""How a fit ended, told as scikit-learn tells it, in the words of the estimator's parameters."""

from __future__ import annotations

import signal
import warnings
from dataclasses import replace
from typing import Any

from clearprop.clinic import Autopsy
from clearprop.errors import DivergenceError
from clearprop.fitting.settings import IN_SKLEARNS_WORDS
from clearprop.training import Divergence


class FitDivergedError(DivergenceError, ValueError):
    """Training diverged before there was a good epoch to keep; a ValueError, as in scikit-learn."""


def diverged(divergence: Divergence | None, autopsy: Autopsy | None) -> FitDivergedError:
    """Return the error that tells why training diverged."""
    return FitDivergedError(f"training diverged.\n{autopsy}", divergence, autopsy)


def tell_interruption(signal_number: int | None) -> None:
    """Warn that a signal ended the fit.

    Raises
    ------
    KeyboardInterrupt
        If it was not Ctrl-C, after which scikit-learn goes on with what was learned: a request to terminate is not
        swallowed.
    """
    warnings.warn("Training interrupted by user.", stacklevel=5)
    if signal_number != signal.SIGINT:
        raise KeyboardInterrupt


def column_names(mlp: Any) -> list[str]:
    """Return the names of the columns, none where X had none."""
    return [str(name) for name in getattr(mlp, "feature_names_in_", ())]


def in_mlps_words(autopsy: Autopsy) -> Autopsy:
    """Return an autopsy in the words of the MLP estimators' parameters."""
    parameter = IN_SKLEARNS_WORDS.words.get(autopsy.cause.parameter, autopsy.cause.parameter)
    return replace(autopsy, cause=replace(autopsy.cause, parameter=parameter))
