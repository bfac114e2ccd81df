"""Events: what the training loop announces. A listener is a function of one event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from clearprop.engines import Session, Steps
from clearprop.model import Network
from clearprop.training.history import EpochRecord
from clearprop.training.plan import Plan
from clearprop.training.progress import Progress
from clearprop.training.rows import Rows
from clearprop.training.stopping import Stopped


class Running(Protocol):
    """What a listener sees of a training: the `Training` of the loop is one."""

    session: Session
    network: Network
    rows: Rows
    plan: Plan
    validation: Rows | None
    progress: Progress
    steps_per_epoch: int

    @property
    def monitor(self) -> str:
        """The quantity that has to improve."""

    def stop(self, reason: Stopped) -> None:
        """End the training after this event."""


@dataclass(frozen=True)
class TrainingStarted:
    """Before the first step."""

    training: Running


@dataclass(frozen=True)
class StepsDone:
    """After a slice of steps within an epoch, every 40 ms or so.

    Attributes
    ----------
    loss : float
        J of the slice's last step.
    steps : Steps
        What every step of it found.
    """

    training: Running
    loss: float
    steps: Steps


@dataclass(frozen=True)
class EpochEnded:
    """After an epoch and its validation.

    Attributes
    ----------
    record : EpochRecord
    improved : bool
        Whether this epoch is the best so far.
    """

    training: Running
    record: EpochRecord
    improved: bool


@dataclass(frozen=True)
class RunStopped:
    """After the last step, while the session still holds the weights that step left."""

    training: Running


@dataclass(frozen=True)
class TrainingEnded:
    """After the last step, the best weights restored; `training.progress.stopped` says why.

    Also where an error ended the run: then that is None, and no weights were restored.
    """

    training: Running


Event: TypeAlias = TrainingStarted | StepsDone | EpochEnded | RunStopped | TrainingEnded
Listener: TypeAlias = Callable[[Event], None]


@runtime_checkable
class Attentive(Protocol):
    """A listener that wants to look between two steps of its own choice.

    Slices end there; where they are cut changes no number of a run.
    """

    def __call__(self, event: Event) -> None:
        """Hear an event."""

    def next_look(self, step: int) -> int | None:
        """Return the first number of steps above `step`, of the whole run, at which it looks; None for never again."""


@dataclass(frozen=True)
class OfSeveral:
    """A listener that can tell trainings apart which are under way at once.

    It hears their events one at a time, from their threads. Other listeners hear one training after the other.
    """

    listener: Listener

    def __call__(self, event: Event) -> None:
        self.listener(event)
