"""What a search has found: the trials, the best of them, and the best mean of several."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.fitting.plain import to_plain
from clearprop.selection.question import Model

BRACKET = 8  # trials that begin together
VARIATIONS = 10**9  # their numbers begin here


@dataclass(frozen=True)
class Trial:
    """Settings that were tried.

    Attributes
    ----------
    number : int
        0 is the model as it was asked for; `VARIATIONS` and above are variations of the best of the others.
    settings : dict of str to object
    losses : tuple of float
        Mean −log p of the true class, or squared error, of the folds it was tried on, in their order; infinite where it
        diverged.
    """

    number: int
    settings: dict[str, Any]
    losses: tuple[float, ...]

    @property
    def loss(self) -> float:
        """The mean of its losses."""
        return float(np.mean(self.losses)) if self.losses else math.inf

    @property
    def name(self) -> str:
        """What it is called: "7", or "7.2" as the second variation of that."""
        of, k = divmod(self.number - VARIATIONS, BRACKET)
        return f"{of}.{k + 1}" if self.varies else str(self.number)

    @property
    def varies(self) -> bool:
        """Whether it is a variation of another trial."""
        return self.number >= VARIATIONS

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        losses = [loss if math.isfinite(loss) else None for loss in self.losses]
        return {
            "number": self.number, "name": self.name,
            "settings": {k: to_plain(v) for k, v in self.settings.items()}, "losses": losses,
        }  # fmt: skip


@dataclass(frozen=True)
class Blend:
    """The mean of several trials, if it is better than as many networks with the settings of the best of them.

    Attributes
    ----------
    members : tuple of Trial
        The trial whose settings each network of the model is trained with.
    loss : float
        Of the mean of answers out of fold, chosen for each fold by the others.
    alone : float
        Of the mean of networks that differ from the best trial by their seed alone.
    """

    members: tuple[Trial, ...]
    loss: float
    alone: float

    @property
    def counts(self) -> dict[str, int]:
        """How many networks have the settings of each trial, by its name."""
        return dict(Counter(trial.name for trial in self.members))


@dataclass(frozen=True, eq=False)
class Search:
    """A finished search.

    Attributes
    ----------
    trials : tuple of Trial
    n_folds : int
    best : Trial
        That of the least mean loss among those that were tried on every fold and are no variations.
    model : TableClassifier or TableRegressor
        Trained with its settings, or those of the mean, on all rows of the search; ``facts_.search`` tells of it.
    mean : Blend or None
        The best mean of several trials, where it clearly beats several networks with the settings of the best.
    """

    trials: tuple[Trial, ...]
    n_folds: int
    best: Trial
    model: Model
    mean: Blend | None = None

    def as_plain(self) -> dict[str, Any]:
        """Return all but the model as plain data."""
        mean = (
            None
            if self.mean is None
            else {"members": self.mean.counts, "loss": self.mean.loss, "alone": self.mean.alone}
        )
        trials = [trial.as_plain() for trial in self.trials]
        return {"folds": self.n_folds, "best": self.best.number, "trials": trials, "mean": mean}


def ranked(search: Search) -> list[Trial]:
    """Return the trials, those that came furthest and lost least first."""
    return sorted(search.trials, key=lambda trial: (-len(trial.losses), trial.loss, trial.number))
