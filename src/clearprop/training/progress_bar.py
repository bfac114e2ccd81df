"""Show a run while it goes: a progress bar where stderr is a terminal, one plain line per epoch otherwise."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

from clearprop.training.events import EpochEnded, Event, Listener, StepsDone, TrainingEnded, TrainingStarted
from clearprop.training.history import EpochRecord
from clearprop.training.metrics import metric_name

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress


def show_progress(stream: TextIO | None = None) -> Listener:
    """Return the listener that suits the stream (stderr if left out)."""
    stream = stream or sys.stderr
    return _Bar(stream) if stream.isatty() else _Lines(stream)


def describe(record: EpochRecord, metric: str) -> str:
    """Return a record in one short line."""
    parts = [f"loss {record.loss:.4g}"]
    if record.validation_loss is not None and record.validation_metric is not None:
        parts.append(f"validation loss {record.validation_loss:.4g}, {metric} {record.validation_metric:.4f}")
    elif record.metric is not None:
        parts.append(f"{metric} {record.metric:.4f}")
    return "  ".join(parts)


class _Lines:
    """One plain line per epoch."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            epoch = f"epoch {event.record.epoch}/{event.training.plan.n_epochs}"
            described = describe(event.record, metric_name(event.training.network))
            best = "  (best so far)" if event.improved else ""
            print(f"{epoch}  {described}  {event.record.seconds:.1f} s{best}", file=self._stream)


class _Bar:
    """One bar over all epochs, with the newest figures beside it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: RichProgress | None = None
        self._task: Any = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, TrainingStarted):
            self._start(event)
        elif self._bar is None:
            return
        elif isinstance(event, StepsDone):
            progress = event.training.progress
            done = progress.epoch * event.training.steps_per_epoch + progress.step
            self._bar.update(self._task, completed=done)
        elif isinstance(event, EpochEnded):
            plan = event.training.plan
            text = f"epoch {event.record.epoch}/{plan.n_epochs}"
            self._bar.update(
                self._task, description=text, figures=describe(event.record, metric_name(event.training.network))
            )
        elif isinstance(event, TrainingEnded):
            self._bar.stop()

    def _start(self, event: TrainingStarted) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        self._bar = Progress(*columns, console=Console(file=self._stream))
        total = event.training.plan.n_epochs * event.training.steps_per_epoch
        self._task = self._bar.add_task(f"epoch 0/{event.training.plan.n_epochs}", total=total, figures="")
        self._bar.start()
