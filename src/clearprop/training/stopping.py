"""Stopping: why a training ends, and the rules that end it after an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from clearprop.training.history import EpochRecord


class Stopped(StrEnum):
    """Why a training ended: its members are the words that model files and checkpoints keep.

    Attributes
    ----------
    says : str
        The reason in a sentence, with what to do about it where something can be done.
    """

    says: str

    def __new__(cls, word: str, says: str = "") -> Stopped:
        """Return a member that is its word, with a sentence beside it."""
        member = str.__new__(cls, word)
        member._value_, member.says = word, says
        return member

    EPOCHS = "epochs", "All epochs were trained."
    PATIENCE = "patience", "The monitored quantity no longer improved."
    CONVERGED = "converged", "The batch solver found a minimum."
    TIME = "time", "The time was up; raise max_seconds, or go on from a checkpoint."
    CALLBACK = "callback", "A callback asked for the end."
    INTERRUPTED = "interrupted", "Training was interrupted; the best weights so far were kept."
    DIVERGED = "diverged", "Training diverged; the weights of the best epoch were kept."


@dataclass(frozen=True)
class Verdict:
    """What a rule makes of an epoch.

    Attributes
    ----------
    stopped : Stopped or None
        Why to end the training now; None to go on.
    learning_rate : float or None
        To go on with, before the schedule; None for the one there is.
    """

    stopped: Stopped | None = None
    learning_rate: float | None = None


class Stopping(Protocol):
    """A rule that looks at every epoch's record and says whether training should go on, and how fast."""

    def after(self, record: EpochRecord) -> Verdict:
        """Return the verdict on the epoch that has just ended."""
