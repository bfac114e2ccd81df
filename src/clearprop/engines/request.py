"""Request: all that is asked of an engine, in one frozen thing."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import DTypeLike

from clearprop.engines.precision import Precision, get_precision
from clearprop.engines.sharding.shards import Shards
from clearprop.equations.optimizers import Rule
from clearprop.errors import UsageError
from clearprop.model.network import Network


@dataclass(frozen=True)
class Request:
    """What is to be computed, and how.

    Parameters
    ----------
    network : Network
    rule : Rule
        By which `Session.run` updates.
    precision : str, dtype or Precision
        A name of `clearprop.engines.PRECISIONS`, or the dtype that is one.
    threads : int, optional
        At most so many; all that this process may use if left out. The results do not depend on it.
    device : str, optional
        Where to compute; the processor if left out.
    shards : Shards, optional
        Into which every step of `Session.run` cuts its batch; no parts if left out. Several processes may share them:
        then each opens a session, and whatever one does with it, all do.

    Raises
    ------
    UsageError
        If there is no such precision, or `threads` is not 1 or more.
    """

    network: Network
    rule: Rule
    precision: Precision
    threads: int | None = None
    device: str | None = None
    shards: Shards | None = None

    def __init__(
        self,
        network: Network,
        rule: Rule,
        precision: str | DTypeLike | Precision,
        threads: int | None = None,
        device: str | None = None,
        shards: Shards | None = None,
    ) -> None:
        if threads is not None and threads < 1:
            raise UsageError(f"threads must be 1 or more, got {threads!r}; leave it out for all there are.")
        object.__setattr__(self, "network", network)
        object.__setattr__(self, "rule", rule)
        object.__setattr__(self, "precision", get_precision(precision))
        object.__setattr__(self, "threads", threads)
        object.__setattr__(self, "device", device)
        object.__setattr__(self, "shards", shards)
