"""Events: what the training loop announces. A listener is a function of one event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from clearprop.training.history import EpochRecord

if TYPE_CHECKING:
    from clearprop.training.loop import Training


@dataclass(frozen=True)
class TrainingStarted:
    """Before the first step."""

    training: Training


@dataclass(frozen=True)
class StepsDone:
    """After a slice of steps within an epoch, every 40 ms or so.

    Attributes
    ----------
    loss : float
        J of the slice's last step.
    """

    training: Training
    loss: float


@dataclass(frozen=True)
class EpochEnded:
    """After an epoch and its validation.

    Attributes
    ----------
    record : EpochRecord
    improved : bool
        Whether this epoch is the best so far.
    """

    training: Training
    record: EpochRecord
    improved: bool


@dataclass(frozen=True)
class RunStopped:
    """After the last step, while the session still holds the weights that step left."""

    training: Training


@dataclass(frozen=True)
class TrainingEnded:
    """After the last step, the best weights restored; `training.progress.stopped` says why.

    Also where an error ended the run: then that is None, and no weights were restored.
    """

    training: Training


Event: TypeAlias = TrainingStarted | StepsDone | EpochEnded | RunStopped | TrainingEnded
Listener: TypeAlias = Callable[[Event], None]
