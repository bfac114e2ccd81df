"""Averaged weights: an exponential mean of the weights at the ends of the epochs (Polyak and Juditsky 1992)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
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
        The mean after the best epoch; None while no epoch has been better than those before averaging began.
    trained, kept : array (n,) or None
        What the last fit ended with: the weights themselves, from which training continues, and those the estimator
        was given in their place.
    """

    decay: float
    m: Array | None = None
    t: int = 0
    best: Array | None = None
    trained: Array | None = None
    kept: Array | None = None

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

    def vectors(self) -> dict[str, Array]:
        """Return what a checkpoint is to keep, by name."""
        kept = {"sum": self.m, "best_mean": self.best}
        return {name: vector for name, vector in kept.items() if vector is not None}

    @classmethod
    def of(cls, decay: float, vectors: Mapping[str, Array], t: int) -> Self:
        """Return the mean of t epochs that a checkpoint kept."""
        return cls(decay, vectors.get("sum"), t if "sum" in vectors else 0, vectors.get("best_mean"))

    def in_place_of(self, trained: Array, of_best: bool) -> Array:
        """Return what the estimator is to keep of trained weights: the mean, now or after the best epoch."""
        mean = self.best if of_best else self.mean
        self.trained, self.kept = trained, trained if mean is None else mean
        return self.kept

    def goes_on_at(self, weights: Array, decay: float) -> bool:
        """Whether it may be continued: it has this decay, and nobody has put other weights in its place."""
        return self.decay == decay and (self.kept is None or np.array_equal(self.kept, weights))
