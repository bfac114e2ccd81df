"""What is said of every training: the scores of its parts of the rows, and what was proven of its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearprop.fitting.facts import TrainingFacts

Row = tuple[Any, ...]

PARTS = ("training", "validation", "test")
"""Of the rows, in the order they are shown; a model file keeps them in another."""
UNSEEN = {"folds": "out of fold", "bootstrap": "out of bag"}
"""What the validation rows of several networks are: each row, answered by the networks that have not seen it."""


def metric_of(facts: TrainingFacts) -> str:
    """Return which metric the history of a training holds."""
    return facts.metric or ("accuracy" if facts.estimator == "TableClassifier" else "r2")


def score_table(facts: TrainingFacts) -> tuple[str, tuple[str, ...], list[Row]]:
    """Return title, heads and rows: the loss D and the metric of the training, validation and test rows at the end."""
    parts = [(name, facts.parts[name]) for name in PARTS if name in facts.parts]
    rows: list[Row] = [
        (_said(facts, name), facts.training_rows if name == "training" else part.rows, part.loss, part.metric)
        for name, part in parts
    ]
    seconds = "" if facts.seconds is None else f", {facts.seconds:.1f} s" if facts.seconds >= 0.1 else ", < 0.1 s"
    one = f"best epoch {facts.best_epoch} of {facts.epochs}"
    title = f"{facts.source}: {one if facts.members == 1 else f'{facts.members} networks'}{seconds}"
    return title, ("rows", "number", "loss", metric_of(facts)), rows


def _said(facts: TrainingFacts, name: str) -> str:
    by = UNSEEN.get(facts.settings.get("by", "")) if facts.members > 1 else None
    return by if by and name == "validation" else name


def certificate_words(certificate: dict[str, Any] | None) -> str:
    """Return what the certificate says, without the objective."""
    if certificate is None:
        return "The gradient was not certified."
    says: str = certificate["says"].replace(f": {certificate['objective']}", "")
    return says[:1].upper() + says[1:]
