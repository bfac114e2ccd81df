"""What is said of every training: the scores of its parts of the rows, and what was proven of its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearprop.fitting.facts import TrainingFacts

Row = tuple[Any, ...]

PARTS = ("training", "validation", "test")
"""Of the rows, in the order they are shown; a model file keeps them in another."""


def metric_of(facts: TrainingFacts) -> str:
    """Return which metric the history of a training holds."""
    return facts.metric or ("accuracy" if facts.estimator == "TableClassifier" else "r2")


def score_table(facts: TrainingFacts) -> tuple[str, tuple[str, ...], list[Row]]:
    """Return title, heads and rows: the loss D and the metric of the training, validation and test rows at the end."""
    parts = [(name, facts.parts[name]) for name in PARTS if name in facts.parts]
    rows: list[Row] = [
        (name, facts.training_rows if name == "training" else part.rows, part.loss, part.metric) for name, part in parts
    ]
    seconds = "" if facts.seconds is None else f", {facts.seconds:.1f} s" if facts.seconds >= 0.1 else ", < 0.1 s"
    title = f"{facts.source}: best epoch {facts.best_epoch} of {facts.epochs}{seconds}"
    return title, ("rows", "number", "loss", metric_of(facts)), rows


def certificate_words(certificate: dict[str, Any] | None) -> str:
    """Return what the certificate says, without the objective."""
    if certificate is None:
        return "The gradient was not certified."
    says: str = certificate["says"].replace(f": {certificate['objective']}", "")
    return says[:1].upper() + says[1:]
