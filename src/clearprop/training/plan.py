"""Plan: how long to train, in which batches, at which rates, and when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.schedules import Constant, Schedule
from clearprop.errors import UsageError, unknown_name
from clearprop.training.metrics import METRICS

MEASURED_BY_VALIDATION = ("validation_loss", "validation_metric")
MONITORS = ("loss", *MEASURED_BY_VALIDATION)

_COUNTS = {
    "n_epochs": "",
    "batch_size": "",
    "block_rows": ", or None",
    "shards": ", or None",
    "patience": ", or None for never",
}
"""Fields that count something, and what they may be besides."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a network is trained.

    Parameters
    ----------
    n_epochs : int
        Passes over the rows, at most.
    batch_size : int
        Rows of a step; the last batch of an epoch takes what is left.
    learning_rate : float
        Before the schedule.
    schedule : Schedule
    shuffle : bool
        Whether every epoch takes the rows in a new order.
    block_rows : int or None
        Shuffle blocks of so many neighbouring rows, and the rows within each, so that rows on disk are read block by
        block; None shuffles all rows at once.
    shards : int or None
        Every batch is the tree sum of so many shards, each of rows of its own, which are shuffled by themselves; None
        for batches that are not cut. Any number of processes may share the shards.
    seed : int
        Determines the shuffles; epoch k of a seed has one order, whatever came before.
    monitor : {"loss", "validation_loss", "validation_metric"} or None
        What has to improve; None takes the validation loss where there are validation rows, else the loss.
    patience : int or None
        Epochs without an improvement of more than `tolerance` before training stops; None for never.
    tolerance : float
        In units of the monitored quantity.
    restore_best : bool
        Whether the weights of the best epoch are put back at the end: where there are validation rows to call it
        best by, and after a divergence.
    max_seconds : float or None
        Wall time after which training stops.
    training_metric : bool
        Whether the metric on a sample of the training rows goes into the history. On tiny data it takes as long as the
        training itself.
    metric : str or None
        A name of `METRICS` to record, and to call an epoch best by where nothing else is monitored; None records
        accuracy or R².
    """

    n_epochs: int = 100
    batch_size: int = 128
    learning_rate: float = 0.001
    schedule: Schedule = field(default_factory=Constant)
    shuffle: bool = True
    block_rows: int | None = None
    shards: int | None = None
    seed: int = 0
    monitor: str | None = None
    patience: int | None = 10
    tolerance: float = 0.0
    restore_best: bool = True
    max_seconds: float | None = None
    training_metric: bool = True
    metric: str | None = None

    def __post_init__(self) -> None:
        for name, or_none in _COUNTS.items():
            value = getattr(self, name)
            if not _is_count(value) and not (or_none and value is None):
                raise UsageError(f"{name} must be a whole number of 1 or more{or_none}, got {value!r}.")
        if not self.learning_rate > 0:
            raise UsageError(f"learning_rate must be above 0, got {self.learning_rate!r}.")
        if self.monitor is not None and self.monitor not in MONITORS:
            raise unknown_name("monitor", self.monitor, MONITORS)
        if self.metric is not None and self.metric not in METRICS:
            raise unknown_name("metric", self.metric, METRICS)

    def learning_rates(
        self, epoch: int, steps: tuple[int, int], steps_per_epoch: int, monitored: Sequence[float]
    ) -> NDArray[np.float64]:
        """Return the rates of some steps of an epoch.

        Parameters
        ----------
        epoch : int
            Epochs before it.
        steps : tuple of int
            The first, and the one after the last.
        steps_per_epoch : int
        monitored : sequence of float
            What was monitored at the end of every epoch before it, smaller being better.
        """
        if isinstance(self.schedule, Constant):
            return np.full(steps[1] - steps[0], self.learning_rate)
        times = (epoch + step / steps_per_epoch for step in range(*steps))
        return self.learning_rate * np.asarray([self.schedule.factor(t, self.n_epochs, monitored) for t in times])


def _is_count(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1
