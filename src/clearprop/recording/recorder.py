"""Recorder: a listener that keeps what cannot be computed again, so that everything else can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import Choice, State, Steps
from clearprop.errors import UsageError
from clearprop.files import RunFile, save_run
from clearprop.model import Names
from clearprop.paths import PathLike
from clearprop.recording.looks import Looks
from clearprop.recording.plain import plan_to_plain
from clearprop.training import (
    EpochEnded,
    Event,
    Rows,
    Running,
    RunStopped,
    StepsDone,
    TrainingStarted,
    as_columns,
)

Array = NDArray[Any]

MEGABYTE = 1 << 20
BUDGET = 20.0
SHARE = 0.4  # of the budget: for the states, and for the rows; the rest is the curve's
_ENTRY = 32  # bytes of an entry of the curve
LARGEST_CURVE = 1 << 17
SLICES = 1024  # put aside before they enter the curve
_FOUND = ("losses", "penalties", "gradient_norms")


@dataclass(frozen=True, kw_only=True)
class About:
    """What a recording says of a run beside its numbers.

    Attributes
    ----------
    title : str
        What was trained on.
    names : Names
        Of the columns of a[0] and of the outputs.
    row_numbers : int array (n_rows,) or None
        What the user calls each training row; 0, 1, ... if left out.
    facts : dict
        Further plain data, such as the configuration.
    """

    title: str = ""
    names: Names = field(default_factory=Names)
    row_numbers: Array | None = None
    facts: dict[str, Any] = field(default_factory=dict)


class Recorder:
    """A listener that records a run: states at some steps, the rows, and J of every step.

    Gradients, activations and all the states between are not kept: `clearprop.recording.Replay` computes them again
    from the nearest state before, to the bit. So recording costs a copy of the weights now and then.

    Parameters
    ----------
    choice : Choice
        The engine that trains.
    budget : float
        Megabytes that the recording may take. Two fifths of them, at most, are the rows: of more rows an even sample is
        kept, and only the states that were kept can be looked at again.
    about : About, optional

    Raises
    ------
    UsageError
        When training starts, if the budget does not hold two states of the network.
    """

    def __init__(self, choice: Choice, budget: float = BUDGET, about: About | None = None) -> None:
        self._choice, self._budget, self.about = choice, int(budget * MEGABYTE), about or About()
        self._states: list[State] = []
        self._curve: Array = np.empty((0, 4))
        self._slices: list[tuple[int, Steps]] = []
        self._every, self._step = 1, 0
        self._rates: list[float] = []
        self._looks = Looks(0)
        self._run: RunFile | None = None

    def next_look(self, step: int) -> int | None:
        """Return the next step at which a state is kept."""
        return self._looks.after(step)

    def __call__(self, event: Event) -> None:
        """Hear an event of the training."""
        if isinstance(event, TrainingStarted):
            self._begin(event.training)
        elif isinstance(event, StepsDone):
            self._note(event)
            step = self._step
            if self._looks.after(step - 1) == step:
                self._keep(event.training)
        elif isinstance(event, EpochEnded):
            self._rates.append(event.training.plan.learning_rate)
        elif isinstance(event, RunStopped):
            self._end(event.training)

    @property
    def run(self) -> RunFile:
        """What was recorded, once the run has stopped.

        Raises
        ------
        UsageError
            If it has not.
        """
        if self._run is None:
            raise UsageError("nothing has been recorded; hand the recorder to a training as a listener first.")
        return self._run

    def save(self, path: PathLike) -> int:
        """Write what was recorded; return its bytes."""
        return save_run(path, self.run)

    def _begin(self, training: Running) -> None:
        n_steps = training.plan.n_epochs * training.steps_per_epoch
        state = training.session.get_state()
        size = state.parameters.nbytes * (1 + len(state.slots))
        self._states, self._curve, self._slices, self._every = [state], np.empty((0, 4)), [], 1
        self._rates = [training.plan.learning_rate] * (training.progress.epoch + 1)
        self._step = training.progress.epoch * training.steps_per_epoch + training.progress.step
        self._looks = Looks.within(int(SHARE * self._budget) // size, n_steps)

    def _keep(self, training: Running) -> None:
        state = training.session.get_state()
        if state.step > self._states[-1].step:
            self._states.append(state)

    def _note(self, event: StepsDone) -> None:
        """Put a slice's steps aside; what is done for every slice has to be little."""
        self._slices.append((self._step, event.steps))
        self._step += len(event.steps)
        if len(self._slices) >= SLICES:
            self._enter()

    def _enter(self) -> None:
        """Enter the slices put aside into the curve, every k-th step where there are many."""
        if not self._slices:
            return
        first, taken = self._slices[0][0], [steps for _, steps in self._slices]
        columns = [np.concatenate([getattr(one, name) for one in taken]) for name in _FOUND]
        whole = np.stack([np.arange(first, first + len(columns[0]), dtype=np.float64), *columns], axis=1)
        self._slices = []
        self._curve = np.concatenate([self._curve, whole[whole[:, 0] % self._every == 0]])
        while len(self._curve) > min(LARGEST_CURVE, self._budget // 5 // _ENTRY):
            self._every *= 2
            self._curve = self._curve[self._curve[:, 0] % self._every == 0]

    def so_far(self, training: Running) -> RunFile:
        """Return what was recorded of a run that is not over."""
        self._end(training)
        return self.run

    def _end(self, training: Running) -> None:
        self._keep(training)
        self._enter()
        rows, kept = self._kept_rows(training.rows)
        numbers = np.arange(len(training.rows)) if self.about.row_numbers is None else self.about.row_numbers
        columns = {name: values for name, values in as_columns(training.progress.records).items() if _told(values)}
        about = self._about_run(training, list(columns), kept is None)
        n = len(training.progress.records)
        self._run = RunFile(
            network=training.network,
            rule=self._choice.request.rule,
            states=tuple(self._states),
            X=rows.X,
            Y=rows.Y,
            weights=rows.weights,
            row_numbers=numbers if kept is None else numbers[kept],
            curve=self._curve,
            epochs=np.array(list(columns.values()), np.float64).T.reshape(n, len(columns)),
            about=about,
        )

    def _about_run(self, training: Running, columns: list[str], whole: bool) -> dict[str, Any]:
        progress, request, names = training.progress, self._choice.request, self.about.names
        return {
            "title": self.about.title,
            "plan": plan_to_plain(training.plan),
            "monitor": training.monitor,
            "rates": _turns(self._rates),
            "steps_per_epoch": training.steps_per_epoch,
            "n_rows": len(training.rows),
            "whole": whole,
            "engine": self._choice.name,
            "precision": request.precision.name,
            "inputs": list(names.inputs),
            "outputs": list(names.outputs),
            "columns": columns,
            "stopped": None if progress.stopped is None else progress.stopped.name,
            "divergence": _divergence(progress.divergence),
            "facts": self.about.facts,
        }

    def _kept_rows(self, rows: Rows) -> tuple[Rows, Array | None]:
        """Return the rows that fit into their share of the budget, and which they are; None for all."""
        dtype = self._states[0].parameters.dtype
        width = rows.X.shape[1] + (1 if rows.Y.ndim == 1 else rows.Y.shape[1]) + 2
        most = max(1, int(SHARE * self._budget) // (width * dtype.itemsize))
        if len(rows) <= most:
            return rows.astype(dtype), None
        kept = np.unique(np.linspace(0, len(rows) - 1, most).astype(np.int64))
        return rows.take(kept).astype(dtype), kept


def _told(values: Sequence[float | None]) -> bool:
    return any(value is not None for value in values)


def _turns(rates: list[float]) -> list[list[float]]:
    """Return a base rate per epoch as pairs: the first epoch of a rate, and the rate."""
    return [[k, rate] for k, rate in enumerate(rates) if k == 0 or rate != rates[k - 1]]


def _divergence(found: Any) -> dict[str, Any] | None:
    if found is None:
        return None
    return {name: str(value) if name == "value" else value for name, value in asdict(found).items()}
