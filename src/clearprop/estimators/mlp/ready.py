"""The session an MLP estimator predicts with, kept between calls: opening one costs more than predicting a few rows.

It lives beside the estimator, not in it: nothing of it is copied, pickled or compared. A call takes it out while it
computes, so that a second thread opens one of its own. Weights that were changed since are seen, changed in place too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from clearprop.engines import Session, open_session
from clearprop.estimators.mlp.network import parameters_of
from clearprop.model import Network


@dataclass(frozen=True, eq=False)
class Ready:
    """An open session, and what it was opened for."""

    session: Session
    network: Network
    options: tuple[Any, ...]
    weights: tuple[Any, ...]

    def suits(self, mlp: Any) -> bool:
        """Whether it still is the session of this estimator."""
        return (
            self.options == _options(mlp)
            and self.network == mlp.network_
            and all(map(np.array_equal, self.weights, (*mlp.coefs_, *mlp.intercepts_)))
        )


_ready: WeakKeyDictionary[Any, Ready] = WeakKeyDictionary()


def take(mlp: Any) -> Ready:
    """Return an open session at the estimator's weights; nobody else has it."""
    kept = _ready.pop(mlp, None)
    return kept if kept is not None and kept.suits(mlp) else _open(mlp)


def give_back(mlp: Any, ready: Ready) -> None:
    """Keep the session for the next call."""
    _ready[mlp] = ready


def _open(mlp: Any) -> Ready:
    parameters = parameters_of(mlp.network_, mlp.coefs_, mlp.intercepts_)
    session = open_session(mlp.network_, parameters, engine=mlp.engine, precision=mlp.precision)
    layers = range(1, mlp.network_.L + 1)
    weights = *(parameters[f"W{l}"] for l in layers), *(parameters[f"b{l}"] for l in layers)
    return Ready(session, mlp.network_, _options(mlp), weights)


def _options(mlp: Any) -> tuple[Any, ...]:
    return mlp.engine, mlp.precision, mlp.n_threads, *(W.dtype for W in mlp.coefs_)
