"""What is said of every training: the scores of its parts of the rows, and what was proven of its gradient."""

from __future__ import annotations

from typing import Any

Row = tuple[Any, ...]


def metric_of(facts: dict[str, Any]) -> str:
    """Return which metric the history of a training holds."""
    return "accuracy" if facts["estimator"] == "TableClassifier" else "r2"


def score_table(facts: dict[str, Any]) -> tuple[str, tuple[str, ...], list[Row]]:
    """Return title, heads and rows: the loss and the metric of the training, validation and test rows."""
    metric, best, test = metric_of(facts), facts["best"] or {}, facts.get("test") or {"rows": 0}
    rows: list[Row] = [("training", facts["training_rows"], best.get("loss"), best.get("metric"))]
    if facts["validation_rows"]:
        validation = best.get("validation_loss"), best.get("validation_metric")
        rows.append(("validation", facts["validation_rows"], *validation))
    if test["rows"]:
        rows.append(("test", test["rows"], test["scores"].get("log_loss"), test["scores"][metric]))
    title = f"{facts['source']}: best epoch {facts['best_epoch']} of {facts['epochs']}, {facts['seconds']:.1f} s"
    return title, ("rows", "number", "loss", metric), rows


def certificate_words(certificate: dict[str, Any] | None) -> str:
    """Return what the certificate says, without the objective."""
    if certificate is None:
        return "The gradient was not certified."
    says: str = certificate["says"].replace(f": {certificate['objective']}", "")
    return says[:1].upper() + says[1:]
