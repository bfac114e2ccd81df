"""The session an MLP estimator predicts with, kept between calls: opening one costs more than predicting a few rows.

It lives beside the estimator, not in it: nothing of it is copied, pickled or compared. A call takes it out while it
computes, so that a second thread opens one of its own. Weights that were changed since are seen, changed in place too:
all of them are compared, unless nobody has laid hands on them since they were learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

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
    device: str | None

    @property
    def options(self) -> tuple[object, ...]:
        """All but the weights."""
        return self.network, self.engine, self.precision, self.n_threads, self.device


@dataclass(frozen=True, eq=False)
class Ready:
    """An open session, and what it was opened for."""

    session: Session
    options: tuple[object, ...]
    weights: tuple[Array, ...]

    def has(self, wanted: Wanted) -> bool:
        """Whether its weights are those that are wanted, to the bit and in their precision."""
        given = (*wanted.coefs, *wanted.intercepts)
        same = all(map(np.array_equal, self.weights, given))
        return same and all(own.dtype == other.dtype for own, other in zip(self.weights, given, strict=True))


class Learned:
    """An attribute that holds learned arrays; whoever reads it may change them in place from then on."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        if owner is None:
            raise AttributeError(f"{kind} has no attribute {self._name!r} before it is fitted.")
        kept = vars(owner)
        if self._name not in kept:
            raise AttributeError(f"{type(owner).__name__} has no attribute {self._name!r}; call fit first.")
        _untouched.discard(owner)
        return kept[self._name]

    def __set__(self, owner: Any, arrays: list[Array]) -> None:
        vars(owner)[self._name] = arrays
        _untouched.discard(owner)

    def __delete__(self, owner: Any) -> None:
        del vars(owner)[self._name]


_ready: WeakKeyDictionary[object, Ready] = WeakKeyDictionary()
_untouched: WeakSet[object] = WeakSet()


def keep_to_oneself(owner: object) -> None:
    """Note that nobody else has the arrays that an estimator has just learned."""
    _untouched.add(owner)


def may_be_touched(owner: object) -> None:
    """Note that somebody may have them from now on, as a shallow copy has."""
    _untouched.discard(owner)


def take(owner: object, wanted: Wanted) -> Ready:
    """Return an open session at these weights; nobody else has it."""
    kept = _ready.pop(owner, None)
    suits = kept is not None and kept.options == wanted.options and (owner in _untouched or kept.has(wanted))
    return kept if kept is not None and suits else _open(wanted)


def give_back(owner: object, ready: Ready) -> None:
    """Keep the session for the next call."""
    _ready[owner] = ready


def _open(wanted: Wanted) -> Ready:
    network, parameters = wanted.network, parameters_of(wanted.network, wanted.coefs, wanted.intercepts)
    session = open_session(network, parameters, engine=wanted.engine, precision=wanted.precision, device=wanted.device)
    layers = range(1, network.L + 1)
    weights = *(parameters[f"W{l}"] for l in layers), *(parameters[f"b{l}"] for l in layers)
    return Ready(session, wanted.options, weights)
