"""Plan: how long to train, in which batches, at which rates, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass, field

from clearprop.equations.schedules import Constant, Schedule
from clearprop.errors import UsageError, unknown_name

MEASURED_BY_VALIDATION = ("validation_loss", "validation_metric")
MONITORS = ("loss", *MEASURED_BY_VALIDATION)


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
    """

    n_epochs: int = 100
    batch_size: int = 128
    learning_rate: float = 0.001
    schedule: Schedule = field(default_factory=Constant)
    shuffle: bool = True
    block_rows: int | None = None
    seed: int = 0
    monitor: str | None = None
    patience: int | None = 10
    tolerance: float = 0.0
    restore_best: bool = True
    max_seconds: float | None = None
    training_metric: bool = True

    def __post_init__(self) -> None:
        for name in ("n_epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be 1 or more, got {getattr(self, name)!r}.")
        if self.block_rows is not None and self.block_rows < 1:
            raise UsageError(f"block_rows must be 1 or more, or None, got {self.block_rows!r}.")
        if not self.learning_rate > 0:
            raise UsageError(f"learning_rate must be above 0, got {self.learning_rate!r}.")
        if self.patience is not None and self.patience < 1:
            raise UsageError(f"patience must be 1 or more, or None for never, got {self.patience!r}.")
        if self.monitor is not None and self.monitor not in MONITORS:
            raise unknown_name("monitor", self.monitor, MONITORS)
