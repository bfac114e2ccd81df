"""Progress: where a run stands. With the session's state, all that is needed to continue it to the bit."""

from __future__ import annotations

from dataclasses import dataclass, field

from clearprop.training.divergence import Divergence
from clearprop.training.history import EpochRecord
from clearprop.training.rows import Array
from clearprop.training.stopping import Stopped


@dataclass
class Sums:
    """Sums over the steps of the unfinished epoch, each weighted by the weight of its rows."""

    weight: float = 0.0
    loss: float = 0.0
    penalty: float = 0.0
    gradient_norm: float = 0.0


@dataclass
class Best:
    """The best epoch so far: its value of the monitored quantity, and its parameters (n,)."""

    value: float
    epoch: int
    parameters: Array


@dataclass
class Progress:
    """Where a run stands.

    Attributes
    ----------
    epoch : int
        Finished epochs.
    step : int
        Steps done in the unfinished epoch.
    sums : Sums
    seconds : float
        Wall time so far.
    records : list of EpochRecord
    best : Best or None
    waited : int
        Epochs since the last improvement.
    stopped : Stopped or None
        Why training ended; None while it runs.
    signal_number : int or None
        The signal that interrupted it.
    divergence : Divergence or None
    """

    epoch: int = 0
    step: int = 0
    sums: Sums = field(default_factory=Sums)
    seconds: float = 0.0
    records: list[EpochRecord] = field(default_factory=list)
    best: Best | None = None
    waited: int = 0
    stopped: Stopped | None = None
    signal_number: int | None = None
    divergence: Divergence | None = None
