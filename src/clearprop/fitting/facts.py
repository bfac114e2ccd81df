"""TrainingFacts: what is known of a training on a table, as its estimator and its model file keep it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from clearprop.training import Stopped, thinned

EPOCHS_KEPT = 1000
"""Of a longer history, a model file has every k-th epoch: its description is bounded."""


class _Facts(BaseModel):
    """Frozen; what a later version adds is carried along."""

    model_config = ConfigDict(frozen=True, extra="allow")


class PartFacts(_Facts):
    """How one part of the rows was answered at the end.

    Attributes
    ----------
    rows : int
        Those it was measured on; of very many training rows a sample.
    loss, metric : float or None
        D, and accuracy or R²; None where it is no number.
    """

    rows: int
    loss: float | None
    metric: float | None


class HeldOutFacts(_Facts):
    """The scores on the rows held out to the end.

    Attributes
    ----------
    rows : int
        0 where none were.
    scores : dict of str to float or None
        None where it is not known, such as the R² of rows that share one target.
    """

    rows: int = 0
    scores: dict[str, float | None] = Field(default_factory=dict)


class TrainingFacts(_Facts):
    """What is known of a training.

    Attributes
    ----------
    estimator : str
    settings : dict of str to object
        As plain data.
    source : str
        What was read.
    begun_at : str
        What the network is called at which it began; "" where weights were drawn.
    rows, training_rows, validation_rows : int
    split : str
        How the validation rows were parted from the training rows.
    notes : tuple of str
        What was noticed while reading and preparing, and how an engine was chosen.
    features : tuple of str
        Columns of the table but the target.
    rejected_rows, empty_rows : int
    rejects : str or None
        The file they are listed in.
    seed : int
    engine, optimizer : str
    solver_report : dict or None
        Of a batch solver.
    learning_rate, batch_size : float, int or None
        None of a batch solver.
    epochs, best_epoch : int, int or None
    best : dict or None
        The record of the best epoch.
    stopped : Stopped or None
    interrupted : bool
    signal : int or None
    calibration : dict or None
        Of the probabilities: method, temperature, the held-out rows it was learned from, and their log loss before
        and after.
    members : int
        Networks whose mean is the answer; figures of one training are those of the first.
    seconds : float or None
        None of a model that was loaded: a file keeps no times.
    certificate : dict or None
        With a sentence, ``certificate["says"]``.
    autopsy : str or None
    versions : dict of str to str
    history : dict of str to list
        One entry per epoch.
    metric : str or None
        The one asked for; None for accuracy or R².
    effort : str
        As it was asked for or chosen; "" in files from before there were any.
    chosen : dict of str to object
        The settings that it chose, as plain data.
    parts : dict of str to PartFacts
        "training", "validation" and "test", where they are.
    search : dict or None
        The trials of the search that chose its settings: see `clearprop.selection.Search`.
    test_share : float
        Of the rows that were to be held out to the end.
    test : HeldOutFacts
    config : dict or None
        The configuration of the command that trained it.
    seen : str
        A sketch of its training rows; see `clearprop.fitting.seen`.
    inside : dict or None
        What a recorder saw of its layers over the epochs.
    """

    estimator: str
    settings: dict[str, Any]
    history: dict[str, list[Any]]
    features: tuple[str, ...]
    source: str = ""
    begun_at: str = ""
    rows: int = 0
    training_rows: int = 0
    validation_rows: int = 0
    split: str = ""
    notes: tuple[str, ...] = ()
    rejected_rows: int = 0
    rejects: str | None = None
    empty_rows: int = 0
    seed: int = 0
    engine: str = ""
    optimizer: str = ""
    solver_report: dict[str, Any] | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    epochs: int = 0
    best_epoch: int | None = None
    best: dict[str, Any] | None = None
    stopped: Stopped | None = None
    interrupted: bool = False
    signal: int | None = None
    calibration: dict[str, Any] | None = None
    members: int = 1
    seconds: float | None = None
    certificate: dict[str, Any] | None = None
    autopsy: str | None = None
    versions: dict[str, str] = Field(default_factory=dict)
    metric: str | None = None
    effort: str = ""
    chosen: dict[str, Any] = Field(default_factory=dict)
    parts: dict[str, PartFacts] = Field(default_factory=dict)
    search: dict[str, Any] | None = None
    test_share: float = 0.0
    test: HeldOutFacts = HeldOutFacts()
    config: dict[str, Any] | None = None
    seen: str = ""
    inside: dict[str, Any] | None = None

    @property
    def on_a_table(self) -> bool:
        """Whether the rows it was trained on are known: not those of a network of arrays, or of another tool."""
        return self.rows > 0

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return the facts that a model file keeps."""
        facts = cls(**kept)
        if facts.test.rows and not facts.test_share and facts.config:  # files from before `test_share`
            return facts.but(test_share=facts.config["test"])
        return facts

    def but(self, **changed: Any) -> Self:
        """Return the facts with some of them changed."""
        return self.model_copy(update=changed)

    def judged(self, rows: int, loss: float, metric: float, scores: Mapping[str, float]) -> Self:
        """Return the facts with what the rows held out to the end have shown; a note says what is not known of them."""
        kept = {name: known(value) for name, value in scores.items()}
        unknown = [name for name, value in kept.items() if value is None]
        notes = self.notes
        if unknown:
            which = "the only test row has" if rows == 1 else f"all {rows} test rows have"
            note = f"not known: {', '.join(unknown)}, since {which} one and the same target; --test takes more rows."
            notes = (*notes, note)
        of_nothing = self.metric in (None, "r2") and kept.get("r2", 0.0) is None
        shown = None if of_nothing else known(metric)
        parts = self.parts | {"test": PartFacts(rows=rows, loss=known(loss), metric=shown)}
        return self.but(parts=parts, test=HeldOutFacts(rows=rows, scores=kept), notes=notes)

    @property
    def choice(self) -> str:
        """What the effort chose, in a sentence; "" where it chose nothing but what quick takes."""
        if self.effort in ("", "quick") or not self.chosen:
            return ""
        told = {name: value for name, value in self.chosen.items() if name != "clamp" or "Regressor" in self.estimator}
        values = ", ".join(f"{name} {_as_words(value)}" for name, value in told.items())
        return f"The effort {self.effort} chose, for {self.rows:,} rows: {values}."

    def as_plain(self) -> dict[str, Any]:
        """Return them as plain data: numbers that are none as None, long curves thinned."""
        facts: dict[str, Any] = self.model_dump()
        facts["stopped"] = self.stopped and self.stopped.value
        facts["history"] = shortened(self.history)
        return facts | {name: known(facts[name]) for name in ("parts", "test", "history", "best")}

    def as_kept(self) -> dict[str, Any]:
        """Return them as a model file keeps them: plain, and without times, so that one training makes one file."""
        facts = self.as_plain()
        facts["history"] = without_times(facts["history"])
        facts["best"] = facts["best"] and without_times(facts["best"])
        return {name: fact for name, fact in facts.items() if name != "seconds"}


def _as_words(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "yes" if value else "none" if value is None else "no"
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


def kept(fact: Any) -> Any:
    """Return what was learned as a file keeps it: curves thinned, a history without its times."""
    return shortened(without_times(fact) if isinstance(fact, dict) else fact)


def without_times(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a history, or a record of it, without the seconds it took."""
    return {name: value for name, value in record.items() if name != "seconds"}


def shortened(fact: Any) -> Any:
    """Return a curve, or a dict of curves, with no more epochs than a model file keeps; all else as it is."""
    if isinstance(fact, dict):
        return {name: shortened(curve) for name, curve in fact.items()}
    return thinned(fact, EPOCHS_KEPT) if isinstance(fact, list) else fact


def known(fact: Any) -> Any:
    """Return a fact with None for every number that is none, such as the R² of rows that share one target."""
    if isinstance(fact, dict):
        return {name: known(inside) for name, inside in fact.items()}
    if isinstance(fact, list | tuple):
        return [known(inside) for inside in fact]
    return None if isinstance(fact, float | np.floating) and not math.isfinite(fact) else fact
