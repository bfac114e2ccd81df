"""The training loop: epochs and mini-batches through `Session.run`. It knows sessions and events, nothing else."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np

from clearprop.engines import Order, Session, Steps
from clearprop.engines.sharding.exchange import ALONE, Exchange
from clearprop.equations.schedules import Constant
from clearprop.errors import UsageError
from clearprop.model import Network, Trace
from clearprop.training.agreement import Agreement
from clearprop.training.divergence import locate
from clearprop.training.evaluate import evaluate, outputs
from clearprop.training.events import (
    Attentive,
    EpochEnded,
    Event,
    Listener,
    RunStopped,
    StepsDone,
    TrainingEnded,
    TrainingStarted,
)
from clearprop.training.history import EpochRecord, monitored_value
from clearprop.training.interruption import Interruption
from clearprop.training.metrics import METRICS, metric, metric_name
from clearprop.training.order import Epochs
from clearprop.training.plan import MEASURED_BY_VALIDATION, Plan
from clearprop.training.progress import Best, Progress, Sums
from clearprop.training.rows import Array, Rows
from clearprop.training.stopping import Stopped, Stopping

SLICE_SECONDS = 0.04
METRIC_ROWS = 1000


class Training:
    """One run of one session over given rows.

    Parameters
    ----------
    session : Session
        Holds the weights; after `run` it holds the trained ones.
    network : Network
    rows : Rows
    plan : Plan
    validation : Rows or None
    listeners : sequence of Listener
        Called with every event, in order.
    progress : Progress or None
        Where to continue; None for a fresh start.
    pause_at : int or None
        Number of steps, of the whole run, after which it stops as if interrupted.
    stopping : sequence of Stopping
        Rules, besides the plan's own, that are asked after every epoch, in order.
    exchange : Exchange
        The processes that take the same steps, where the session is one of several.

    Raises
    ------
    UsageError
        If the plan monitors validation rows and there are none.
    """

    def __init__(
        self,
        session: Session,
        network: Network,
        rows: Rows,
        plan: Plan,
        validation: Rows | None = None,
        listeners: Sequence[Listener] = (),
        progress: Progress | None = None,
        pause_at: int | None = None,
        stopping: Sequence[Stopping] = (),
        exchange: Exchange = ALONE,
    ) -> None:
        if validation is None and plan.monitor in MEASURED_BY_VALIDATION:
            raise UsageError(f"monitor={plan.monitor!r} needs validation rows; give some, or monitor the loss.")
        self.session, self.network, self.rows, self.plan = session, network, rows, plan
        self.validation, self.listeners = validation, tuple(listeners)
        self._attentive = [one for one in listeners if isinstance(one, Attentive)]
        self.progress = progress or Progress()
        self.pause_at, self._stopping, self._agreement = pause_at, tuple(stopping), Agreement(exchange)
        self.refused: tuple[Trace, Array] | None = None  # after a divergence: the step not taken, and its rows
        self.steps_per_epoch = -(-len(rows) // plan.batch_size)
        self._larger_is_better = METRICS[metric_name(network, plan.metric)].larger_is_better
        self._sample = rows.take(slice(None, None, metric_stride(len(rows))))
        self._steps_per_slice = 1
        self._epochs = Epochs(len(rows), plan)
        self._last_rate = plan.learning_rate

    @property
    def monitor(self) -> str:
        """The quantity that has to improve."""
        held = "validation_metric" if self.plan.metric else "validation_loss"
        return self.plan.monitor or ("loss" if self.validation is None else held)

    def run(self) -> Progress:
        """Train until the plan, the patience, the clock, a signal or a divergence ends it.

        Never raises on divergence or Ctrl-C: `Progress.stopped` tells, and the session holds the best weights.
        """
        started = time.perf_counter() - self.progress.seconds
        with self.announced(), Interruption() as interruption:
            self._agreement.on_the_end(self.progress)
            while self.progress.stopped is None:
                self._run_slice(started, interruption)
            self._check_what_is_left()
        return self.progress

    def advance(self, n_steps: int, seconds: float = math.inf) -> int:
        """Take at most so many more steps, in at most about so much time, and return how many were taken.

        Nothing but steps and epochs is announced, and no weights are put back: the run can go on, by another call.
        Where it cannot, `Progress.stopped` tells.
        """
        progress, began = self.progress, time.perf_counter()
        before, started, never = self.taken, began - self.progress.seconds, Interruption()
        self.pause_at = before + n_steps
        while self.taken < self.pause_at and progress.stopped is None:
            self._run_slice(started, never)
            if time.perf_counter() - began > seconds:
                break
        if progress.stopped == Stopped.INTERRUPTED:
            progress.stopped = None
        return self.taken - before

    @property
    def taken(self) -> int:
        """Steps of the whole run so far."""
        return self.progress.epoch * self.steps_per_epoch + self.progress.step

    @contextmanager
    def announced(self) -> Iterator[None]:
        """Announce the start and the end of what is done inside, and put the best weights back.

        How an earlier run ended, where this one goes on with it, is forgotten.

        The end is announced after an error too: a listener may hold a terminal or a file.
        """
        progress = self.progress
        progress.stopped = progress.signal_number = progress.divergence = None
        try:
            self.announce(TrainingStarted(self))
            yield
            self.announce(RunStopped(self))
            self._restore_best()
        finally:
            self.announce(TrainingEnded(self))

    def _run_slice(self, started: float, interruption: Interruption) -> None:
        """Take as many steps as fit into SLICE_SECONDS, at most to the end of the epoch."""
        progress, plan = self.progress, self.plan
        if progress.epoch >= plan.n_epochs:
            progress.stopped = Stopped.EPOCHS
            return
        start, stop = progress.step, self._agreement.on(self._end_of_slice())
        before = time.perf_counter()
        finished = self._take_steps(start, stop)
        now = time.perf_counter()
        self._steps_per_slice = _next_slice(self._steps_per_slice, progress.step - start, now - before)
        progress.seconds = now - started
        if finished and progress.step == self.steps_per_epoch:
            self._end_epoch()
        if progress.stopped is None:
            self._look_at_the_clock(interruption)
        self._agreement.on_the_end(progress)

    def _end_of_slice(self) -> int:
        """Return the step of the epoch where the next slice ends: where somebody wants to look, if that is near."""
        start = self.progress.step
        before = self.progress.epoch * self.steps_per_epoch
        looks = [one.next_look(before + start) for one in self._attentive]
        near = [look - before for look in (self.pause_at, *looks) if look is not None and look > before + start]
        return min(start + self._steps_per_slice, self.steps_per_epoch, *near)

    def _take_steps(self, start: int, stop: int) -> bool:
        """Run steps start .. stop − 1 of the epoch, fewer if their rows do not fit; return whether all were finite."""
        progress = self.progress
        if start == self.steps_per_epoch:  # a run that was cut after the last step of an epoch, before it was judged
            self._last_rate = float(self._learning_rates(start - 1, start)[-1])
            return True
        whole = self._epochs.of(progress.epoch)
        rows, of_rows = self.rows.for_steps(whole.steps(start, stop))
        stop = start + len(of_rows)
        order, rates = whole.steps(start, stop), self._learning_rates(start, stop)
        self._last_rate = float(rates[-1])
        steps = self.session.run(rows.X, rows.Y, rows.weights, of_rows, rates)
        _add(progress.sums, self._batch_weights(order)[: len(steps)], steps)
        progress.step += len(steps)
        if len(steps):
            self.announce(StepsDone(self, float(steps.losses[-1]), steps))
        if len(steps) < len(order):
            self._diverge(order.batch(len(steps)), float(rates[len(steps)]), steps.refused_at)
            return False
        return True

    def _learning_rates(self, start: int, stop: int) -> Array:
        monitored = (
            [] if isinstance(self.plan.schedule, Constant) else list(map(self._monitored, self.progress.records))
        )
        return self.plan.learning_rates(self.progress.epoch, (start, stop), self.steps_per_epoch, monitored)

    def _batch_weights(self, order: Order) -> Array:
        if self.rows.weights is None:
            return (order.cuts[1:] - order.cuts[:-1]).astype(np.float64)
        return np.add.reduceat(self.rows.weights[order.rows].astype(np.float64), order.cuts[:-1])

    def _end_epoch(self) -> None:
        sums = self.progress.sums
        weight = sums.weight or 1.0
        self.end_epoch(sums.loss / weight, sums.penalty / weight, sums.gradient_norm / weight, self._last_rate)

    def end_epoch(self, loss: float, penalty: float, gradient_norm: float, learning_rate: float | None) -> None:
        """Measure the session's weights, record the epoch, judge it and announce it.

        Parameters
        ----------
        loss, penalty, gradient_norm : float
            What the epoch found of J, of R in it, and of ‖∂J/∂w‖.
        learning_rate : float or None
            The last one; a solver has none.
        """
        progress = self.progress
        validation: tuple[float | None, float | None] = (None, None)
        if self.validation is not None:
            validation = evaluate(self.session, self.network, self.validation, self.plan.metric)
        record = EpochRecord(
            epoch=progress.epoch + 1,
            loss=loss,
            penalty=penalty,
            metric=self._training_metric(),
            validation_loss=validation[0],
            validation_metric=validation[1],
            learning_rate=learning_rate,
            gradient_norm=gradient_norm,
            seconds=progress.seconds,
        )
        progress.records.append(record)
        progress.epoch, progress.step, progress.sums = progress.epoch + 1, 0, Sums()
        improved = self._judge(record)
        if self.plan.patience is not None and progress.waited >= self.plan.patience:
            progress.stopped = Stopped.PATIENCE
        for rule in self._stopping:
            verdict = rule.after(record)
            progress.stopped = progress.stopped or verdict.stopped
            if verdict.learning_rate is not None:
                self.plan = replace(self.plan, learning_rate=verdict.learning_rate)
        self.announce(EpochEnded(self, record, improved))

    def stop(self, reason: Stopped) -> None:
        """End the run before its next step, unless it has ended already; for listeners."""
        self.progress.stopped = self.progress.stopped or reason

    def _training_metric(self) -> float | None:
        """Return the metric on a fixed sample of the training rows."""
        if not self.plan.training_metric:
            return None
        sample = self._sample
        return metric(self.network, outputs(self.session, sample), sample.Y, sample.weights, self.plan.metric)

    def _monitored(self, record: EpochRecord) -> float:
        return monitored_value(record, self.monitor, self._larger_is_better)

    def _judge(self, record: EpochRecord) -> bool:
        """Keep the weights of the best epoch, and count the epochs without an improvement."""
        progress, value = self.progress, self._monitored(record)
        best = progress.best
        progress.waited = 0 if best is None or value < best.value - self.plan.tolerance else progress.waited + 1
        improved = best is None or value < best.value
        if improved:
            progress.best = Best(value, record.epoch, self.session.get_state().parameters)
        return improved

    def _diverge(self, rows: Array, learning_rate: float, point: Array | None) -> None:
        batch, state = self.rows.take(rows).in_memory(), self.session.get_state()
        with np.errstate(all="ignore"):
            if point is not None:
                self.session.set_state(replace(state, parameters=point))
            trace = self.session.trace(batch.X, batch.Y, batch.weights)
        self.session.set_state(state)
        self.refused = trace, rows
        self.progress.divergence = locate(trace, rows, self.progress.epoch + 1, learning_rate)
        self.progress.stopped = Stopped.DIVERGED

    def _check_what_is_left(self) -> None:
        """Let a training diverge whose last step, which no other step checked, left weights or outputs infinite."""
        progress, state = self.progress, self.session.get_state()
        if progress.stopped != Stopped.DIVERGED and not self._is_sound(state.parameters):
            self._diverge(np.arange(len(self.rows))[:: metric_stride(len(self.rows))], self._last_rate, None)
        if (
            progress.stopped == Stopped.DIVERGED
            and progress.best is not None
            and not self._is_sound(progress.best.parameters)
        ):
            progress.best = None
        self.session.set_state(state)

    def _is_sound(self, parameters: Array) -> bool:
        """Return whether weights are finite, and so are the outputs they give on training rows."""
        if not np.isfinite(parameters).all():
            return False
        self.session.set_state(replace(self.session.get_state(), parameters=parameters))
        with np.errstate(all="ignore"):
            return bool(np.isfinite(outputs(self.session, self._sample)).all())

    def _look_at_the_clock(self, interruption: Interruption) -> None:
        """Stop if a signal came or the time is up."""
        progress, limit = self.progress, self.plan.max_seconds
        if self.pause_at == self.taken:
            progress.stopped = Stopped.INTERRUPTED
        elif interruption.signal_number is not None:
            progress.stopped, progress.signal_number = Stopped.INTERRUPTED, interruption.signal_number
        elif limit is not None and progress.seconds > limit:
            progress.stopped = Stopped.TIME

    def _restore_best(self) -> None:
        """Put back the best weights, where the plan wants it."""
        best = self.progress.best
        wanted = self.plan.restore_best and (self.validation is not None or self.progress.stopped == Stopped.DIVERGED)
        if best is not None and wanted:
            self.session.set_state(replace(self.session.get_state(), parameters=best.parameters))

    def announce(self, event: Event) -> None:
        """Hand an event to every listener."""
        for listener in self.listeners:
            listener(event)


def metric_stride(n_rows: int) -> int:
    """Return k, where the training metric is measured on every k-th row."""
    return max(1, n_rows // METRIC_ROWS)


def _next_slice(planned: int, taken: int, seconds: float) -> int:
    """Return how many steps would last about SLICE_SECONDS at the pace of those taken; at most twice as planned."""
    return max(1, min(2 * planned, int(taken * SLICE_SECONDS / max(seconds, 1e-9))))


def _add(sums: Sums, weights: Array, steps: Steps) -> None:
    sums.weight = _accumulate(sums.weight, weights)
    sums.loss = _accumulate(sums.loss, weights * steps.losses)
    sums.penalty = _accumulate(sums.penalty, weights * steps.penalties)
    sums.gradient_norm = _accumulate(sums.gradient_norm, weights * steps.gradient_norms)


def _accumulate(total: float, terms: Array) -> float:
    """Add one term after the other, so that the sum does not depend on where the slices were cut."""
    return reduce(add, terms.tolist(), total)
