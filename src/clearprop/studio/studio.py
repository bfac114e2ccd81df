"""Studio: a table, what is asked of a training on it, and the runs that came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.engines import Choice
from clearprop.equations import ACTIVATIONS
from clearprop.equations.optimizers import RULES
from clearprop.errors import UsageError
from clearprop.estimators import TableClassifier, TableRegressor
from clearprop.estimators.table.base import TableEstimator
from clearprop.explain.film import film
from clearprop.explain.worked_numbers import Most
from clearprop.fitting.recorded import recorder_for
from clearprop.fitting.table_job import TableJob
from clearprop.proofs.diagnose import diagnose
from clearprop.proofs.mistaken import Mistake, mistaken
from clearprop.proofs.mistakes import MISTAKES
from clearprop.proofs.planted import FaultyEngine
from clearprop.recording import Recording, Replay
from clearprop.report.run_page import run_page
from clearprop.tables import Table, guess_task
from clearprop.training import Training

MOST_EPOCHS, MOST_STEPS, MOST_UNITS, MOST_LAYERS = 500, 20_000, 256, 6
_MOST = Most(6, 12)


def _is_whole(value: object, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 1 << 31


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def _are_whole(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_whole, value))


_COUNT = ("a whole number of 1 or more", lambda value: _is_whole(value, 1))
_NAME = ("a name", lambda value: isinstance(value, str))
_NUMBER = ("a number", _is_number)
_KINDS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "hidden": ("whole numbers", _are_whole), "rows": ("whole numbers", _are_whole), "activation": _NAME,
    "optimizer": _NAME, "mistake": _NAME, "learning_rate": _NUMBER, "l2": _NUMBER, "dropout": _NUMBER,
    "batch_size": _COUNT, "epochs": _COUNT, "seed": ("a whole number of 0 or more", _is_whole),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the form asks for.

    Attributes
    ----------
    hidden : tuple of int
    activation, optimizer : str
    learning_rate, l2 : float or None
        None for what suits.
    batch_size : int or None
    dropout : float
    epochs, seed : int
    mistake : str
        A name of the catalogue, or "".
    rows : tuple of int
        The rows to show; some of every class if left out.
    """

    hidden: tuple[int, ...] = (8,)
    activation: str = "tanh"
    optimizer: str = "adam"
    learning_rate: float | None = None
    batch_size: int | None = None
    l2: float | None = None
    dropout: float = 0.0
    epochs: int = 40
    seed: int = 0
    mistake: str = ""
    rows: tuple[int, ...] = ()

    @classmethod
    def of(cls, data: Any) -> Asked:
        """Return what JSON data ask for, within bounds.

        Raises
        ------
        UsageError
            Naming the first field that is unknown or out of bounds.
        """
        known = {one.name for one in fields(cls)}
        if not isinstance(data, dict) or set(data) - known:
            raise UsageError(f"settings must be an object of {', '.join(sorted(known))}.")
        given: dict[str, Any] = {name: value for name, value in data.items() if value is not None}
        for name, value in given.items():
            meant, holds = _KINDS[name]
            if not holds(value):
                raise UsageError(f"{name} must be {meant}.")
        fitting: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
        asked = cls(**fitting)
        asked.check()
        return asked

    def check(self) -> None:
        """Refuse what would take too long, or is not there."""
        if len(self.hidden) > MOST_LAYERS or not all(1 <= units <= MOST_UNITS for units in self.hidden):
            raise UsageError(f"hidden must be at most {MOST_LAYERS} layers of 1 to {MOST_UNITS} units.")
        if not 1 <= self.epochs <= MOST_EPOCHS:
            raise UsageError(f"epochs must be 1 to {MOST_EPOCHS}.")
        if len(self.rows) > _MOST.rows * 4:
            raise UsageError(f"at most {_MOST.rows * 4} rows are shown.")
        tables: dict[str, Container[str]] = {
            "activation": ACTIVATIONS,
            "optimizer": RULES,
            "mistake": {one.name for one in MISTAKES} | {""},
        }
        for name, table in tables.items():
            if getattr(self, name) not in table:
                raise UsageError(f"there is no {name} {getattr(self, name)!r:.40}.")

    @property
    def planted(self) -> Mistake | None:
        """The mistake that is to be made."""
        return next((one for one in MISTAKES if one.name == self.mistake), None)


@dataclass
class Studio:
    """One table, and the runs that were asked for on it; trained one at a time.

    Attributes
    ----------
    table : Table or None
        None where a recording is shown, and nothing is trained.
    target : str
    asked : Asked
    page : str
        The page, but for what the server puts into it.
    """

    table: Table | None = None
    target: str = ""
    asked: Asked = field(default_factory=Asked)
    page: str = ""
    found: str = ""
    _replay: Replay | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def on(cls, table: Table, target: str, asked: Asked | None = None) -> Studio:
        """Open a studio on a table, and train once."""
        studio = cls(table, target)
        studio.train(asked or Asked())
        return studio

    @classmethod
    def of(cls, recording: Recording) -> Studio:
        """Open a studio on a recorded run: to be looked at."""
        studio = cls()
        studio._show(Replay(recording), None)
        return studio

    def train(self, asked: Asked) -> None:
        """Train as asked, and show it; what was shown before stays for comparison.

        Raises
        ------
        ClearpropError
            If it cannot be; then the page stays as it is.
        """
        if self.table is None:
            raise UsageError("a recording is shown; open the studio on a table to train.")
        with self._lock:
            job = _model(self.table, self.target, asked).prepare(self.table, in_parts=True)
            if job.plan.n_epochs * -(-len(job.rows) // job.plan.batch_size) > MOST_STEPS:
                raise UsageError(f"that is more than {MOST_STEPS} steps; fewer epochs, or larger batches.")
            replay = _run(job, asked.planted)
            found = _named(replay, asked.planted) if asked.planted else ""
            before, self.asked, self.found = self._replay, asked, found
            self._show(replay, before)

    def _show(self, replay: Replay, before: Replay | None) -> None:
        made = film(replay, self.asked.rows, _MOST)
        data = made.data | {"studio": self._facts(), "before": None if before is None else _curve(before)}
        self.page = run_page(replace(made, data=data), Path(replay.recording.title).name)
        self._replay = replay

    def _facts(self) -> dict[str, Any]:
        """Return what the form shows."""
        asked = {one.name: getattr(self.asked, one.name) for one in fields(Asked)}
        return {
            "asked": {name: list(value) if isinstance(value, tuple) else value for name, value in asked.items()},
            "activations": list(ACTIVATIONS), "optimizers": list(RULES), "trains": self.table is not None,
            "mistakes": [{"name": one.name, "says": one.says} for one in MISTAKES], "found": self.found,
        }  # fmt: skip


def _model(table: Table, target: str, asked: Asked) -> TableEstimator:
    kind = TableClassifier if guess_task(table.column(target)) == "classes" else TableRegressor
    return kind(
        target=target, hidden=asked.hidden, activation=asked.activation, optimizer=asked.optimizer,
        learning_rate=asked.learning_rate, batch_size=asked.batch_size, l2=asked.l2, dropout=asked.dropout,
        n_epochs=asked.epochs, random_state=asked.seed, patience=None, members=1,
    )  # fmt: skip


@np.errstate(all="ignore")
def _run(job: TableJob, mistake: Mistake | None) -> Replay:
    """Train as the job says, by the engine or by one that makes a mistake, and return what can be gone through."""
    choice: Choice = job.choice()
    if mistake is not None:
        choice = replace(choice, engine=FaultyEngine(mistake))
    recorder = recorder_for(job, choice=choice)
    session = choice.open(job.start, job.plan.seed)
    Training(session, job.network, job.rows, job.plan, job.validation, [recorder]).run()
    return Replay(Recording.of(recorder.run), choice)


def _named(replay: Replay, mistake: Mistake) -> str:
    """Return what the mistake finder says of the gradient that the run followed at its first step."""
    first = replay.recording.first
    rows = replay.recording.rows.take(replay.batch(first))
    trace = replay.trace_rows(first, replay.batch(first))
    wrong = mistaken(trace, (mistake,))
    mine = {f"d{slot.name}": wrong[f"d{slot.name}"] for slot in trace.network.slots}
    return str(diagnose(replay.recording.network, replay.parameters(first), rows.X, rows.Y, mine, weights=rows.weights))


def _curve(replay: Replay) -> list[list[float]]:
    curve = replay.recording.run.curve
    every = max(1, len(curve) // 600)
    return [[float(step), float(J)] for step, J in curve[::every, :2] if np.isfinite(J)]
