"""Show a run while it goes: a progress bar where stderr is a terminal, a plain line now and then otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

from clearprop.training.events import EpochEnded, Event, Listener, Running, StepsDone, TrainingEnded, TrainingStarted
from clearprop.training.history import EpochRecord
from clearprop.training.metrics import metric_name

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

BAR = 24  # characters
NARROW = 72  # a narrower terminal shows no clock
EVERY = 5.0  # seconds between two plain lines


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


def describe_briefly(record: EpochRecord, metric: str) -> str:
    """Return what stands beside a bar: of the validation rows where there are any."""
    loss, value = record.validation_loss, record.validation_metric
    name = "validation loss"
    if loss is None:
        name, loss, value = "loss", record.loss, record.metric
    return f"{name} {loss:.4f}" + ("" if value is None else f", {metric} {value:.4f}")


class _Lines:
    """A plain line every few seconds, of the epoch that has just ended or is under way, and one of the last epoch."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._shown = clock()
        self._kept = ""  # the line of the newest epoch, while it has not been shown

    def __call__(self, event: Event) -> None:
        if isinstance(event, TrainingStarted):
            self._shown, self._kept = self._clock(), ""
        elif isinstance(event, EpochEnded):
            self._kept = _line(event)
            self._show(self._kept)
        elif isinstance(event, StepsDone):
            self._show(_line_within(event))
        elif isinstance(event, TrainingEnded) and self._kept:
            print(self._kept, file=self._stream)

    def _show(self, line: str) -> None:
        """Print a line where it is time for one."""
        now = self._clock()
        if now - self._shown >= EVERY:
            print(line, file=self._stream)
            self._shown, self._kept = now, ""


def _line(event: EpochEnded) -> str:
    epoch = f"epoch {event.record.epoch}/{event.training.plan.n_epochs}"
    described = describe(event.record, metric_name(event.training.network, event.training.plan.metric))
    best = "  (best so far)" if event.improved else ""
    return f"{epoch}  {described}  {event.record.seconds:.1f} s{best}"


def _line_within(event: StepsDone) -> str:
    training = event.training
    epoch = f"epoch {training.progress.epoch + 1}/{training.plan.n_epochs}"
    return f"{epoch}  step {training.progress.step}/{training.steps_per_epoch}  J {event.loss:.4g}"


class Bar:
    """A bar on a terminal, with words on both sides of it; it may be started again after it was stopped.

    Attributes
    ----------
    shown : rich.progress.Progress or None
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.shown: RichProgress | None = None
        self._task: Any = None

    def start(self, description: str, total: float, done: float = 0.0) -> None:
        """Show it."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.table import Column

        console = Console(file=self._stream)
        columns = [TextColumn("{task.description}"), BarColumn(bar_width=BAR), TextColumn("{task.fields[figures]}")]
        if console.width >= NARROW:
            columns.insert(2, TimeElapsedColumn(Column(no_wrap=True)))  # so that only the bar gives way
        self.shown = Progress(*columns, console=console)
        self._task = self.shown.add_task(description, total=total, figures="")
        self.show(done)
        self.shown.start()

    def show(self, done: float, **words: Any) -> None:
        """Show how far it has come, and a new `description` or new `figures`."""
        if self.shown is not None:
            self.shown.update(self._task, completed=done, **words)

    def stop(self) -> None:
        """Leave it as it stands."""
        if self.shown is not None:
            self.shown.stop()


class _Bar:
    """One bar over all epochs, with the newest figures beside it."""

    def __init__(self, stream: TextIO) -> None:
        self._bar = Bar(stream)

    def __call__(self, event: Event) -> None:
        training, n_epochs = event.training, event.training.plan.n_epochs
        done = _steps_done(training)
        if isinstance(event, TrainingStarted):
            self._bar.start(f"epoch {training.progress.epoch}/{n_epochs}", n_epochs * training.steps_per_epoch, done)
        elif isinstance(event, StepsDone):
            self._bar.show(done)
        elif isinstance(event, EpochEnded):
            figures = describe_briefly(event.record, metric_name(training.network, training.plan.metric))
            self._bar.show(done, description=f"epoch {event.record.epoch}/{n_epochs}", figures=figures)
        elif isinstance(event, TrainingEnded):
            self._bar.stop()


def _steps_done(training: Running) -> int:
    return training.progress.epoch * training.steps_per_epoch + training.progress.step
