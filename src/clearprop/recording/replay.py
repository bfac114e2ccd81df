"""Replay: any step of a recorded run, computed again from the nearest state before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.engines import Choice, Order, Request, Session, State, choose
from clearprop.equations.philox import PURPOSE_SHUFFLE, generator, restart
from clearprop.errors import DataError, EngineCannot
from clearprop.model import Names, Parameters, Trace, parameter_shapes, without_dropout
from clearprop.recording.recording import Recording
from clearprop.training.history import monitored_value
from clearprop.training.metrics import METRICS, metric_name
from clearprop.training.order import epoch_rows

Array = NDArray[Any]


class Replay:
    """A recorded run that can be gone through.

    Parameters
    ----------
    recording : Recording
    choice : Choice, optional
        The engine that computes; the one that trained it if left out.

    Notes
    -----
    On the engine that trained it and the same kind of processor, every state is that of the run to the bit; `exact`
    says whether this is that engine, and `verify` tries it.
    """

    def __init__(self, recording: Recording, choice: Choice | None = None) -> None:
        self.recording, self._chosen = recording, choice
        self._at: int | None = None
        self._shuffled: tuple[int, Order] | None = None
        self._shuffler = generator(recording.plan.seed, PURPOSE_SHUFFLE)

    @cached_property
    def choice(self) -> Choice:
        """The engine that trained it, or another where that one is not here."""
        made = self.recording
        if self._chosen is not None:
            return self._chosen
        request = Request(made.network, made.run.rule, made.precision)
        try:
            return choose(made.engine, request)
        except EngineCannot:
            return choose("auto", request)

    @property
    def exact(self) -> bool:
        """Whether the engine is the one that trained it."""
        return self.choice.name == self.recording.engine

    @cached_property
    def _session(self) -> Session:
        return self._open(self.choice)

    @cached_property
    def _predicting(self) -> Session:
        """A session without dropout, in which single rows are looked at."""
        network = without_dropout(self.recording.network)
        return self._open(replace(self.choice, request=replace(self.choice.request, network=network)))

    def _open(self, choice: Choice) -> Session:
        run = self.recording.run
        start = Parameters(parameter_shapes(run.network), run.states[0].parameters.copy())
        return choice.open(start, self.recording.plan.seed)

    def state(self, step: int) -> State:
        """Return the state after so many steps.

        Raises
        ------
        DataError
            If the run has no such step, or it was not kept and cannot be computed, since not all rows were.
        """
        self._go_to(step)
        return self._session.get_state()

    def states(self, steps: Iterable[int]) -> Iterator[State]:
        """Yield the states after so many steps each; ascending, each is computed from the one before."""
        for step in steps:
            yield self.state(step)

    def parameters(self, step: int) -> Parameters:
        """Return the parameters after so many steps."""
        return Parameters(parameter_shapes(self.recording.network), self.state(step).parameters)

    def batch(self, step: int) -> Array:
        """Return the rows, by their places in the recording, of which step `step` + 1 takes its gradient."""
        made = self.recording
        self._require_rows(step)
        return self._order(step // made.steps_per_epoch).batch(step % made.steps_per_epoch)

    def trace_batch(self, step: int) -> Trace:
        """Return every array of the pass whose gradient step `step` + 1 took, dropout included."""
        self._go_to(step)
        return self._traced(self._session, self.batch(step))

    def trace_rows(self, step: int, rows: Array) -> Trace:
        """Return every array of a pass over some rows, by their places in the recording, without dropout."""
        self._go_to(step)
        self._predicting.set_state(self._session.get_state())
        return self._traced(self._predicting, rows)

    def verify(self) -> int | None:
        """Go from each state that was kept to the next; return the first step that came out otherwise, or None."""
        states = self.recording.run.states
        for before, after in pairwise(states):
            self._session.set_state(before)
            self._at = before.step
            self._run_to(after.step)
            if not _same(self._session.get_state(), after):
                return after.step
        return None

    def _go_to(self, step: int) -> None:
        nearest = self.recording.nearest(step)
        if self._at is None or not nearest.step <= self._at <= step:
            self._session.set_state(nearest)
            self._at = nearest.step
        if self._at < step:
            self._require_rows(step)
            self._run_to(step)

    def _run_to(self, step: int) -> None:
        """Take the steps of the run, epoch by epoch."""
        rows, per_epoch = self.recording.rows, self.recording.steps_per_epoch
        assert self._at is not None
        while self._at < step:
            epoch, start = divmod(self._at, per_epoch)
            stop = min(per_epoch, start + step - self._at)
            rates = self._rates(epoch, start, stop)
            taken = self._session.run(rows.X, rows.Y, rows.weights, self._order(epoch).steps(start, stop), rates)
            self._at += len(taken)
            if len(taken) < stop - start:
                raise DataError(f"step {self._at + 1} of the run does not come out finite here; it was recorded so.")

    def _rates(self, epoch: int, start: int, stop: int) -> Array:
        made = self.recording
        plan = replace(made.plan, learning_rate=made.base_rate(epoch))
        monitor = str(made.run.about["monitor"])
        larger = METRICS[metric_name(made.network, plan.metric)].larger_is_better
        monitored = [monitored_value(record, monitor, larger) for record in made.records[:epoch]]
        return plan.learning_rates(epoch, (start, stop), made.steps_per_epoch, monitored)

    def _order(self, epoch: int) -> Order:
        if self._shuffled is None or self._shuffled[0] != epoch:
            plan, n = self.recording.plan, self.recording.n_rows
            rows = epoch_rows(n, plan, restart(self._shuffler, plan.seed, PURPOSE_SHUFFLE, epoch))
            self._shuffled = epoch, Order.of(rows, plan.batch_size)
        return self._shuffled[1]

    def _require_rows(self, step: int) -> None:
        made = self.recording
        if not made.whole:
            raise DataError(
                f"step {step}: only {len(made.rows)} of the {made.n_rows} rows were recorded, so that no step can be "
                f"taken again; choose one whose state was kept ({_some(made.steps)}), or record with more megabytes."
            )

    def _traced(self, session: Session, rows: Array) -> Trace:
        made, taken = self.recording, self.recording.rows.take(rows)
        with np.errstate(all="ignore"):
            trace = session.trace(taken.X, taken.Y, taken.weights)
        numbers = tuple(f"row {made.run.row_numbers[n]}" for n in rows)
        return replace(trace, names=Names(made.names.inputs, made.names.outputs, numbers))


def _same(one: State, other: State) -> bool:
    slots = all(one.slots[name].tobytes() == values.tobytes() for name, values in other.slots.items())
    return slots and one.step == other.step and one.parameters.tobytes() == other.parameters.tobytes()


def _some(steps: tuple[int, ...]) -> str:
    return ", ".join(map(str, steps[:6])) + (f", ... {steps[-1]}" if len(steps) > 6 else "")
