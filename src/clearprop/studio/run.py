"""Run: a training that the reader drives, and can go back in: its stretches, and the frames of the page."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import State
from clearprop.errors import DataError, UsageError
from clearprop.explain.camera import Camera, flat, layout_of, standing
from clearprop.explain.film import CURVE_POINTS, LAST_STEPS, Film, frames_within, some_rows, spread
from clearprop.explain.worked_numbers import Most, Shown, choose_units
from clearprop.model import Names, Parameters, Trace, without_dropout
from clearprop.studio.asked import FRESH, MOST_STEPS, RESTART, Asked
from clearprop.studio.reel import Reel
from clearprop.studio.stretch import Origin, Stretch
from clearprop.tables import Table
from clearprop.training import thinned

Array = NDArray[Any]

MOST = Most(6, 12)
MEGABYTES = 2.0  # of frames, as text of the page
MOST_CHANGES = 24
AT_ONCE = 64  # frames of one answer


@dataclass(frozen=True)
class News:
    """What came of some steps.

    Attributes
    ----------
    steps, epochs : list of int
    frames : list of float32 array (n_numbers,)
    curve, validation : list of [step, loss]
    over : str or None
        Why the run cannot go on.
    """

    steps: list[int]
    epochs: list[int]
    frames: list[NDArray[np.float32]]
    curve: list[list[float | None]]
    validation: list[list[float | None]]
    over: str | None


class Run:
    """A training on a table, step by step, whose settings may change on the way.

    Parameters
    ----------
    table : Table
    target : str
    asked : Asked
    """

    def __init__(self, table: Table, target: str, asked: Asked) -> None:
        self._table, self._target = table, target
        self.stretches = [self._stretch(asked, Origin())]
        self.rows = self._chosen(self.now, asked.rows)
        trace = self.now.trace(self.rows)
        self.camera = Camera(self.now.job.rows, Shown(0, choose_units(trace, MOST.units)))
        first = self.camera.numbers(trace, None)
        self._layout = layout_of(first)
        self.reel = Reel(frames_within(MEGABYTES, sum(array.size for array in first.values())))
        self.reel.put(0, 1, flat(first))

    @property
    def now(self) -> Stretch:
        """The stretch that is being trained."""
        return self.stretches[-1]

    @property
    def last(self) -> int:
        """Steps so far."""
        return self.now.last

    def advance(self, n_steps: int, seconds: float = np.inf, stops: Iterable[int] = ()) -> News:
        """Train on.

        Parameters
        ----------
        n_steps : int
            At most so many.
        seconds : float
            For about so long, then it ends after fewer.
        stops : iterable of int
            After which steps of the run a frame is taken; spread evenly if left out.
        """
        began, first, target = time.perf_counter(), self.last, self.last + n_steps
        stride = -(-n_steps // AT_ONCE)
        wanted = sorted({*stops, target} if stops else {*range(first + stride, target, stride), target})
        known, taken = (len(self.now.curve), len(self.now.validation)), {first: self.reel.frames[-1]}
        for stop in wanted:
            self.now.advance(stop - self.last - 1, seconds)
            before, at = self.now.parameters(), self.last
            self.now.advance(1, seconds)
            if self.last not in taken:
                taken[self.last] = self._put(self.last, self.now.trace(self.rows), before if self.last > at else None)
            if self.now.over or time.perf_counter() - began > seconds:
                break
        del taken[first]
        return self._news(taken, known)

    def _news(self, taken: dict[int, NDArray[np.float32]], known: tuple[int, int]) -> News:
        now, steps, frames = self.now, list(taken), list(taken.values())
        curve, validation = now.curve[known[0] :], now.validation[known[1] :]
        return News(steps, [now.epoch(step) for step in steps], frames, points(curve), points(validation), now.over)

    def finish(self) -> None:
        """Train to the end; of a run that diverged, the last steps are filmed one by one."""
        per_epoch, plan = self.now.training.steps_per_epoch, self.now.training.plan
        end = self.now.origin.offset + plan.n_epochs * per_epoch
        self.advance(end - self.last, stops=spread(self.last, end, self.reel.most)[1:])
        if self.now.over == "DIVERGED":
            self._film_again(range(max(self.now.first, self.last - LAST_STEPS), self.last))

    def change(self, asked: Asked, step: int) -> str:
        """Go back to a step, and on from there with other settings; return how, a name of words.json.

        Raises
        ------
        ClearpropError
            If the settings cannot be, or that step cannot be computed again; then the run stays as it is.
        """
        if asked.differs(self.now.asked, RESTART):
            raise UsageError("another start needs another run.")
        k = self._place(step)
        if k >= MOST_CHANGES:
            raise UsageError(f"this run has been changed {MOST_CHANGES} times; train from the start instead.")
        at = self.stretches[k]
        rows = self._chosen(at, asked.rows)
        fresh = bool(asked.differs(at.asked, FRESH))
        stretch = self._stretch(asked, _origin(at, step, fresh))
        at.until = step
        self.stretches = [*self.stretches[: k + (at.first < step)], stretch]
        self.reel.cut(step)
        if not np.array_equal(rows, self.rows):
            self.rows = rows
            self._film_again(self.reel.steps)
        self._film_again([step])
        return "fresh" if fresh else "goes_on"

    def parameters(self, step: int) -> Parameters:
        """Return the parameters after so many steps."""
        return self.stretches[self._place(step)].parameters(step)

    def trace(self, step: int) -> Trace:
        """Return every array of a pass over the rows that are shown, after so many steps."""
        return self.stretches[self._place(step)].trace(self.rows, step)

    def answers(self, step: int, X: Array) -> Array:
        """Return a[L] (n_rows, n_out) of rows of X, without dropout, after so many steps."""
        return self.stretches[self._place(step)].answers(step, X)

    def film(self, notation: str = "clearprop") -> Film:
        """Return the frames so far, ready for a page."""
        now, about = self.now, self.now.recorder.about
        numbers = [] if about.row_numbers is None else about.row_numbers[self.rows].tolist()
        names = Names(about.names.inputs, about.names.outputs, tuple(f"row {n}" for n in numbers))
        network = max((one.job.network for one in self.stretches), key=lambda one: one.objective.l2)
        trace = replace(now.trace(self.rows), names=names)
        data = standing(trace, self.camera.shown, notation, without_dropout(network)) | {
            "steps": list(self.reel.steps), "epochs": list(self.reel.epochs), "mostUnits": MOST.units,
            "dropout": any(one.asked.dropout for one in self.stretches), "perEpoch": now.training.steps_per_epoch,
            "curve": self.curve(), "validation": points(self._joined("validation")),
            "stopped": now.over or "LIVE", "rule": now.job.rule.name, "rate": now.training.plan.learning_rate,
            "batch": now.training.plan.batch_size, "trainingRows": len(now.job.rows),
        }  # fmt: skip
        return Film(data, self._layout, np.stack(self.reel.frames))

    @property
    def title(self) -> str:
        """What it is trained on."""
        return self.now.recorder.about.title

    def curve(self) -> list[list[float | None]]:
        """Return steps and J, thinned."""
        return points(self._joined("curve"))

    def _stretch(self, asked: Asked, origin: Origin) -> Stretch:
        made = Stretch(self._table, self._target, asked, origin)
        plan, own = made.training.plan, made.training.steps_per_epoch
        if origin.offset + plan.n_epochs * own > MOST_STEPS:
            raise UsageError(f"that is more than {MOST_STEPS} steps; fewer epochs, or larger batches.")
        return made

    def _chosen(self, stretch: Stretch, numbers: Sequence[int]) -> Array:
        """Return the places of the rows to show, by the numbers the user has for them."""
        known = stretch.recorder.about.row_numbers
        assert known is not None
        if not numbers:
            return some_rows(stretch.job.rows, MOST.rows)
        places = [np.flatnonzero(known == n) for n in numbers]
        if missing := [n for n, place in zip(numbers, places, strict=True) if len(place) == 0]:
            some = ", ".join(map(str, known[:8].tolist()))
            raise DataError(f"row {missing[0]} is not among the {len(known)} training rows, which are {some} ...")
        return np.concatenate(places)

    def _place(self, step: int) -> int:
        if not 0 <= step <= self.last:
            raise DataError(f"step {step}: the run has {self.last} so far; choose one of them.")
        return max(k for k, one in enumerate(self.stretches) if one.first <= step)

    def _put(self, step: int, trace: Trace, before: Parameters | None) -> NDArray[np.float32]:
        frame = flat(self.camera.numbers(trace, before))
        self.reel.put(step, self.stretches[self._place(step)].epoch(step), frame)
        return frame

    def _film_again(self, steps: Iterable[int]) -> None:
        """Take frames of steps in the past; one that was not kept, and cannot be computed again, falls out."""
        for step in [*steps]:
            try:
                self._put(step, self.trace(step), self._before(step))
            except DataError:
                self.reel.drop(step)

    def _before(self, step: int) -> Parameters | None:
        try:
            return self.parameters(step - 1) if step else None
        except DataError:
            return None

    def _joined(self, what: str) -> list[tuple[int, float]]:
        """Return the points of a curve, each stretch's to where the reader left it."""
        limits = [one.until if one.until is not None else one.last for one in self.stretches]
        found = zip(self.stretches, limits, strict=True)
        late = 0 if what == "curve" else 1  # J is of before its step, and validation of after it
        return [(step, v) for one, end in found for step, v in getattr(one, what) if step < end + late]


def _origin(stretch: Stretch, step: int, fresh: bool) -> Origin:
    """Return where a stretch begins that goes on from a step of another."""
    state, own = stretch.state(step), stretch.origin
    local = step - own.offset
    if fresh:
        whole = local // stretch.training.steps_per_epoch  # an epoch that is cut short is begun anew
        return Origin(state=State(state.parameters), offset=step, epochs=own.epochs + whole)
    records = stretch.training.progress.records[: local // stretch.training.steps_per_epoch]
    return Origin(state=state, offset=own.offset, epochs=own.epochs, records=records)


def points(curve: Sequence[tuple[int, float]]) -> list[list[float | None]]:
    """Return a curve for a page: what is not finite as None, and thinned."""
    kept = thinned([list(point) for point in curve], CURVE_POINTS)
    return [[float(step), float(f"{v:.6g}") if np.isfinite(v) else None] for step, v in kept]
