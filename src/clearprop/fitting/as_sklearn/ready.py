"""The session an MLP estimator predicts with, kept between calls: opening one costs more than predicting a few rows.

It lives beside the estimator, not in it: nothing of it is copied, pickled or compared. A call takes it out while it
computes, so that a second thread opens one of its own. Weights that were changed since are seen, changed in place too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import Session, open_session
from clearprop.fitting.as_sklearn.network import parameters_of
from clearprop.model import Network

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a session is wanted for: a network at some weights, computed in some way."""

    network: Network
    coefs: Sequence[Array]
    intercepts: Sequence[Array]
    engine: str
    precision: str | None
    n_threads: int | None

    @property
    def options(self) -> tuple[object, ...]:
        """All but the numbers."""
        return self.network, self.engine, self.precision, self.n_threads, *(W.dtype for W in self.coefs)


@dataclass(frozen=True, eq=False)
class Ready:
    """An open session, and what it was opened for."""

    session: Session
    options: tuple[object, ...]
    weights: tuple[Array, ...]

    def suits(self, wanted: Wanted) -> bool:
        """Whether it still is the session that is wanted."""
        return self.options == wanted.options and all(
            map(np.array_equal, self.weights, (*wanted.coefs, *wanted.intercepts))
        )


_ready: WeakKeyDictionary[object, Ready] = WeakKeyDictionary()


def take(owner: object, wanted: Wanted) -> Ready:
    """Return an open session at these weights; nobody else has it."""
    kept = _ready.pop(owner, None)
    return kept if kept is not None and kept.suits(wanted) else _open(wanted)


def give_back(owner: object, ready: Ready) -> None:
    """Keep the session for the next call."""
    _ready[owner] = ready


def _open(wanted: Wanted) -> Ready:
    network, parameters = wanted.network, parameters_of(wanted.network, wanted.coefs, wanted.intercepts)
    session = open_session(network, parameters, engine=wanted.engine, precision=wanted.precision)
    layers = range(1, network.L + 1)
    weights = *(parameters[f"W{l}"] for l in layers), *(parameters[f"b{l}"] for l in layers)
    return Ready(session, wanted.options, weights)
