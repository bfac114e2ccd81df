"""Averaged weights: an exponential mean of the weights at the ends of the epochs (Polyak and Juditsky 1992)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from clearprop.training import EpochEnded, Event

Array = NDArray[Any]


@dataclass
class Average:
    """The mean, kept by a listener of the training loop.

    ``m ← decay m + (1 − decay) w`` after each epoch; the mean is ``m / (1 − decayᵗ)``, which weighs the first
    epochs as Adam's moments do.

    Attributes
    ----------
    decay : float
    m : array (n,) or None
    t : int
        Epochs in the mean.
    best : array (n,) or None
        The mean after the best epoch.
    trained : array (n,) or None
        The weights themselves, from which training continues.
    """

    decay: float
    m: Array | None = None
    t: int = 0
    best: Array | None = None
    trained: Array | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            w = event.training.session.get_state().parameters
            self.m = (1 - self.decay) * w if self.m is None else self.decay * self.m + (1 - self.decay) * w
            self.t += 1
            if event.improved:
                self.best = self.mean

    @property
    def mean(self) -> Array:
        """The mean so far, shape (n,)."""
        assert self.m is not None
        mean: Array = (self.m / (1 - self.decay**self.t)).astype(self.m.dtype)
        return mean
