"""Studio: a table, what is asked of a training on it, and the runs that came of it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.equations import ACTIVATIONS
from clearprop.equations.optimizers import RULES
from clearprop.errors import UsageError
from clearprop.explain.film import Film, film
from clearprop.proofs.diagnose import diagnose
from clearprop.proofs.mistaken import Mistake, mistaken
from clearprop.proofs.mistakes import MISTAKES
from clearprop.recording import Recording, Replay
from clearprop.report.run_page import run_page
from clearprop.studio.asked import MOST_STEPS, RESTART, Asked
from clearprop.studio.plane import choices, plane
from clearprop.studio.run import MOST, Run
from clearprop.studio.stretch import Stretch
from clearprop.tables import Table

SECONDS = 1.0  # of training for one question, after which the page asks again


@dataclass
class Studio:
    """One table, and the runs that were asked for on it; one thing is done at a time.

    Attributes
    ----------
    table : Table or None
        None where a recording is shown, and nothing is trained.
    target : str
    run : Run or None
        The run that is driven.
    before : list of [step, loss] or None
        The curve of the run before it.
    found : str
        What the mistake finder says of the gradient that is followed.
    """

    table: Table | None = None
    target: str = ""
    run: Run | None = None
    before: list[list[float | None]] | None = None
    found: str = ""
    _replay: Replay | None = None
    _page: str | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def on(cls, table: Table, target: str, asked: Asked | None = None) -> Studio:
        """Open a studio on a table, before the first step."""
        studio = cls(table, target)
        studio.begin(asked or Asked())
        return studio

    @classmethod
    def of(cls, recording: Recording) -> Studio:
        """Open a studio on a recorded run: to be looked at."""
        return cls(_replay=Replay(recording))

    @property
    def page(self) -> str:
        """The page as it is now, but for what the server puts into it."""
        with self._lock:
            if self._page is None:
                made, title = self._film()
                data = made.data | {"studio": self._facts(), "before": self.before}
                self._page = run_page(replace(made, data=data), Path(title).name)
            return self._page

    def begin(self, asked: Asked) -> None:
        """Begin a run from the weights that the seed draws; the curve of the one before stays for comparison.

        Raises
        ------
        ClearpropError
            If it cannot be; then all stays as it is.
        """
        with self._lock:
            self._take(self._opened(asked))

    def train(self, asked: Asked) -> None:
        """Begin a run, and train it to the end."""
        with self._lock:
            run = self._opened(asked)
            run.finish()
            self._take(run)

    def step(self, n_steps: int, last: int) -> dict[str, Any]:
        """Train on, and return the frames that came of it, as JSON data.

        Parameters
        ----------
        n_steps : int
            At most so many; what `SECONDS` do not suffice for is left undone.
        last : int
            How many the page knows.

        Raises
        ------
        UsageError
            If the run has others.
        """
        with self._lock:
            run = self._driven()
            if not 1 <= n_steps <= MOST_STEPS or last != run.last:
                raise UsageError("the run has moved on in another window; load this page again.")
            news, self._page = run.advance(n_steps, SECONDS), None
            text = b"".join(frame.astype("<f4").tobytes() for frame in news.frames)
            return {
                "text": base64.b64encode(text).decode("ascii"), "steps": news.steps, "epochs": news.epochs,
                "curve": news.curve, "validation": news.validation, "over": news.over,
            }  # fmt: skip

    def change(self, asked: Asked, step: int) -> str:
        """Go on from a step of the run with other settings, or begin anew; return how, a name of the page's words.

        Raises
        ------
        ClearpropError
            If it cannot be; then all stays as it is.
        """
        with self._lock:
            run = self._driven()
            if asked.differs(run.now.asked, RESTART):
                self.begin(asked)
                return "anew"
            curve, last = run.curve(), run.last
            how = run.change(asked, step)
            if step < last:
                self.before = curve
            self.found, self._page = _named(run.now, asked.planted), None
            return how

    def plane(self, step: int, columns: Sequence[str], row: int) -> dict[str, Any]:
        """Return what the network answers over one or two columns, as JSON data; see `clearprop.studio.plane`.

        Raises
        ------
        UsageError
            If a recording is shown, or they are no columns of numbers.
        """
        with self._lock:
            return plane(self._driven(), step, columns, row).plain()

    def _driven(self) -> Run:
        if self.run is None:
            raise UsageError("a recording is shown; open the studio on a table to train.")
        return self.run

    def _opened(self, asked: Asked) -> Run:
        if self.table is None:
            raise UsageError("a recording is shown; open the studio on a table to train.")
        return Run(self.table, self.target, asked)

    def _take(self, run: Run) -> None:
        found = _named(run.now, run.now.asked.planted)
        if self.run is not None and self.run.last:
            self.before = self.run.curve()
        self.run, self.found, self._page = run, found, None

    def _film(self) -> tuple[Film, str]:
        if self.run is not None:
            return self.run.film(), self.run.title
        assert self._replay is not None
        return film(self._replay, (), MOST), self._replay.recording.title

    def _facts(self) -> dict[str, Any]:
        """Return what the form shows."""
        asked = Asked() if self.run is None else self.run.now.asked
        return {
            "asked": asked.plain(), "activations": list(ACTIVATIONS), "optimizers": list(RULES),
            "trains": self.table is not None, "found": self.found, "restart": list(RESTART),
            "columns": [] if self.run is None else choices(self.run),
            "mistakes": [{"name": one.name, "says": one.says} for one in MISTAKES],
        }  # fmt: skip


def _named(stretch: Stretch, mistake: Mistake | None) -> str:
    """Return what the mistake finder says of the gradient that a stretch follows at its first step."""
    if mistake is None:
        return ""
    replay = stretch.replay()
    first = replay.recording.first
    rows = replay.recording.rows.take(replay.batch(first))
    trace = replay.trace_rows(first, replay.batch(first))
    wrong = mistaken(trace, (mistake,))
    mine = {f"d{slot.name}": wrong[f"d{slot.name}"] for slot in trace.network.slots}
    with np.errstate(all="ignore"):
        return str(
            diagnose(replay.recording.network, replay.parameters(first), rows.X, rows.Y, mine, weights=rows.weights)
        )
