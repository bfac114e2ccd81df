"""Show trainings that are under way at once: one bar over all of them, or a plain line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from clearprop.training.events import EpochEnded, Event, OfSeveral, Running, TrainingEnded
from clearprop.training.metrics import metric_name
from clearprop.training.progress_bar import EVERY, Bar, describe, describe_briefly


def show_progress_of(n: int, stream: TextIO | None = None) -> OfSeveral:
    """Return the listener of n trainings that suits the stream (stderr if left out)."""
    stream = stream or sys.stderr
    return OfSeveral(_OneBar(n, stream) if stream.isatty() else _FewLines(n, stream))


class _Shares:
    """How far each training has come, as a share of all its steps."""

    def __init__(self, n: int) -> None:
        self._n, self._under_way, self.n_ended = n, dict[int, float](), 0

    def hear(self, event: Event) -> None:
        training = event.training
        if isinstance(event, TrainingEnded):
            self._under_way.pop(id(training), None)
            self.n_ended += 1
        else:
            self._under_way[id(training)] = _share(training)

    @property
    def idle(self) -> bool:
        return not self._under_way

    @property
    def total(self) -> float:
        return (self.n_ended + sum(self._under_way.values())) / self._n

    def __str__(self) -> str:
        return f"{self.n_ended}/{self._n} members"


def _share(training: Running) -> float:
    steps = training.steps_per_epoch
    return (training.progress.epoch * steps + training.progress.step) / (training.plan.n_epochs * steps)


class _FewLines:
    """A plain line every few seconds, and one of the end."""

    def __init__(self, n: int, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._shares, self._stream, self._clock = _Shares(n), stream, clock
        self._shown, self._newest = clock(), ""

    def __call__(self, event: Event) -> None:
        self._shares.hear(event)
        if isinstance(event, EpochEnded):
            self._newest = describe(event.record, metric_name(event.training.network, event.training.plan.metric))
        if self._shares.idle or self._clock() - self._shown >= EVERY:
            print(f"{self._shares}, {self._shares.total:.0%}  {self._newest}", file=self._stream)
            self._shown = self._clock()


class _OneBar:
    """One bar over all trainings, with the newest figures beside it; it stands while none is under way."""

    def __init__(self, n: int, stream: TextIO) -> None:
        self._shares, self._bar = _Shares(n), Bar(stream)

    def __call__(self, event: Event) -> None:
        began = self._shares.idle
        self._shares.hear(event)
        if began:
            self._bar.start(str(self._shares), 1.0, self._shares.total)
        figures = {}
        if isinstance(event, EpochEnded):
            figures["figures"] = describe_briefly(
                event.record, metric_name(event.training.network, event.training.plan.metric)
            )
        self._bar.show(self._shares.total, description=str(self._shares), **figures)
        if self._shares.idle:
            self._bar.stop()
