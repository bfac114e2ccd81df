"""Stretch: a part of a run in which no setting changes, trained step by step and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.engines import Choice, Session, State
from clearprop.estimators import TableClassifier, TableRegressor
from clearprop.estimators.table.base import TableEstimator
from clearprop.fitting.recorded import recorder_for
from clearprop.fitting.table_job import TableJob
from clearprop.model import Parameters, Trace, parameter_shapes, without_dropout
from clearprop.proofs.planted import FaultyEngine
from clearprop.recording import Recorder, Recording, Replay
from clearprop.studio.asked import Asked
from clearprop.tables import Table, guess_task
from clearprop.training import (
    EpochEnded,
    EpochRecord,
    Event,
    Listener,
    Progress,
    StepsDone,
    Stopped,
    Training,
    TrainingStarted,
)

Array = NDArray[Any]

BUDGET = 8.0  # megabytes of a stretch's recording


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a stretch begins.

    Attributes
    ----------
    state : State or None
        None for the weights that the seed draws. Without slots, the optimizer's memory is empty.
    offset, epochs : int
        Steps and epochs of the run before its own first.
    records : sequence of EpochRecord
        Of its own epochs before the state.
    """

    state: State | None = None
    offset: int = 0
    epochs: int = 0
    records: Sequence[EpochRecord] = ()


class Stretch:
    """A part of a run under one setting.

    Parameters
    ----------
    table : Table
    target : str
    asked : Asked
    origin : Origin
    """

    def __init__(self, table: Table, target: str, asked: Asked, origin: Origin) -> None:
        self.asked, self.origin = asked, origin
        self.job = job = _prepared(table, target, asked, origin.epochs)
        self.choice: Choice = job.choice()
        if asked.planted is not None:
            self.choice = replace(self.choice, engine=FaultyEngine(asked.planted))
        session = self.choice.open(job.start, job.plan.seed)
        if origin.state is not None:
            session.set_state(replace(origin.state, slots=origin.state.slots or session.get_state().slots))
        taken = origin.state.step if origin.state else 0
        per_epoch = -(-len(job.rows) // job.plan.batch_size)
        progress = Progress(taken // per_epoch, taken % per_epoch, records=list(origin.records))
        self.recorder: Recorder = recorder_for(job, BUDGET, choice=self.choice)
        self.until: int | None = None  # where the reader went on otherwise
        self.curve: list[tuple[int, float]] = []
        self.validation: list[tuple[int, float]] = []
        heard: list[Listener] = [self.recorder, self._hear]
        self.training = Training(session, job.network, job.rows, job.plan, job.validation, heard, progress)
        self.training.announce(TrainingStarted(self.training))
        self.first = origin.offset + taken

    @property
    def last(self) -> int:
        """Steps of the run so far."""
        return self.origin.offset + self.training.taken

    @property
    def over(self) -> str | None:
        """Why it cannot go on: a name of `Stopped`; None where it can."""
        stopped = self.training.progress.stopped
        done = self.training.progress.epoch >= self.training.plan.n_epochs
        return stopped.name if stopped else Stopped.EPOCHS.name if done or self._none_left else None

    @property
    def _none_left(self) -> bool:
        return self.origin.epochs >= self.asked.epochs

    def epoch(self, step: int) -> int:
        """Return in which epoch of the run the step after so many is taken; the first is 1."""
        return self.origin.epochs + (step - self.origin.offset) // self.training.steps_per_epoch + 1

    def advance(self, n_steps: int, seconds: float) -> int:
        """Take at most so many steps in about so much time; return how many."""
        with np.errstate(all="ignore"):
            return 0 if self.over else self.training.advance(n_steps, seconds)

    def parameters(self, step: int | None = None) -> Parameters:
        """Return the parameters as they are now, or were after a step."""
        state = self.state(self.last if step is None else step)
        return Parameters(parameter_shapes(self.job.network), state.parameters)

    def trace(self, rows: Array, step: int | None = None) -> Trace:
        """Return every array of a pass over some training rows, without dropout, as it is now or was after a step."""
        self._predicting.set_state(self.state(self.last if step is None else step))
        taken = self.job.rows.take(rows).astype(self.job.start.vector.dtype)
        with np.errstate(all="ignore"):
            return self._predicting.trace(taken.X, taken.Y, taken.weights)

    def answers(self, step: int, X: Array) -> Array:
        """Return a[L] (n_rows, n_out) of rows of X, without dropout, after a step of the run."""
        self._predicting.set_state(self.state(step))
        with np.errstate(all="ignore"):
            return self._predicting.predict(X)

    @cached_property
    def _predicting(self) -> Session:
        request = replace(self.choice.request, network=without_dropout(self.job.network))
        return replace(self.choice, request=request).open(self.job.start, self.job.plan.seed)

    def replay(self) -> Replay:
        """Return what was recorded of it so far, to be gone through; its steps are its own."""
        return Replay(Recording.of(self.recorder.so_far(self.training)), self.choice)

    def state(self, step: int) -> State:
        """Return the state after so many steps of the run.

        Raises
        ------
        DataError
            If it was not kept and cannot be computed again, since the table is too large.
        """
        if step == self.last:
            return self.training.session.get_state()
        return self.replay().state(step - self.origin.offset)

    def _hear(self, event: Event) -> None:
        if isinstance(event, StepsDone):
            first = self.last - len(event.steps)
            self.curve += [(first + k, float(J)) for k, J in enumerate(event.steps.losses)]
        elif isinstance(event, EpochEnded) and event.record.validation_loss is not None:
            self.validation.append((self.last, event.record.validation_loss))


def _prepared(table: Table, target: str, asked: Asked, epochs_before: int) -> TableJob:
    kind = TableClassifier if guess_task(table.column(target)) == "classes" else TableRegressor
    model: TableEstimator = kind(
        target=target, hidden=asked.hidden, activation=asked.activation, optimizer=asked.optimizer,
        learning_rate=asked.learning_rate, batch_size=asked.batch_size, l2=asked.l2, dropout=asked.dropout,
        n_epochs=max(1, asked.epochs - epochs_before), random_state=asked.seed, patience=None, members=1,
    )  # fmt: skip
    return model.prepare(table, in_parts=True)
