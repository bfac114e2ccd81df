"""What a search may choose: settings of the recipe, drawn by chance or as somebody proposes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from clearprop.equations.philox import PURPOSE_EXAMINATION, generator

TRIAL_DRAW = 20  # of trial 0 of a search; each further trial has the next


class Drawer(Protocol):
    """Whoever says what a trial is to be."""

    def choice(self, name: str, options: Sequence[Any]) -> Any:
        """Return one of the options."""

    def logarithmic(self, name: str, low: float, high: float) -> float:
        """Return a number between two, on a logarithmic scale."""


class ByChance:
    """Plain random draws: the same for the same seed and number of the trial."""

    def __init__(self, seed: int, trial: int) -> None:
        self._random = generator(seed, PURPOSE_EXAMINATION, TRIAL_DRAW + trial)

    def choice(self, name: str, options: Sequence[Any]) -> Any:
        """Return one of the options, each as likely."""
        return options[int(self._random.integers(len(options)))]

    def logarithmic(self, name: str, low: float, high: float) -> float:
        """Return a number whose logarithm is uniform."""
        return _short(float(np.exp(self._random.uniform(np.log(low), np.log(high)))))


class ByOptuna:
    """As a trial of Optuna proposes."""

    def __init__(self, trial: Any) -> None:
        self._trial = trial

    def choice(self, name: str, options: Sequence[Any]) -> Any:
        """Return what is proposed of the options."""
        return self._trial.suggest_categorical(name, list(options))

    def logarithmic(self, name: str, low: float, high: float) -> float:
        """Return the number that is proposed."""
        return _short(float(self._trial.suggest_float(name, low, high, log=True)))


def draw(drawer: Drawer, rate: float) -> dict[str, Any]:
    """Return the settings of one trial, by the words of a table estimator; learning rates lie about a given one."""
    width, depth = drawer.choice("width", (32, 64, 128, 256)), drawer.choice("depth", (1, 2, 3))
    return {
        "hidden": (width,) * depth,
        "activation": drawer.choice("activation", ("relu", "mish", "tanh")),
        "dropout": drawer.choice("dropout", (0.0, 0.1, 0.2, 0.4)),
        "bins": drawer.choice("bins", (0, 8, 16, 32)) or None,
        "l2": drawer.logarithmic("l2", 1e-6, 1e-2),
        "learning_rate": _short(rate * drawer.logarithmic("rate", 0.2, 5.0)),
        "schedule": drawer.choice("schedule", ("constant", "flat_cosine")),
    }


def _short(value: float) -> float:
    return float(f"{value:.3g}")
