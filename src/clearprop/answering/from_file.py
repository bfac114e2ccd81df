"""Answer the rows of a table by a model file: with what an estimator predicts with, and nothing that it trains with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from clearprop.answering.of_classes import AnsweringClasses
from clearprop.answering.of_numbers import AnsweringNumbers
from clearprop.answering.table import AnsweringTable
from clearprop.files import ModelFile, load_model
from clearprop.fitting.facts import TrainingFacts
from clearprop.fitting.plain import facts_of, settings_in
from clearprop.tables import Schema


class _FromFile(AnsweringTable):
    """What a file holds; a setting that it has not, as one from before there was that setting, is at its default."""

    target: str | None = None
    engine: str = "auto"
    precision: str = "float32"
    device: str | None = None
    n_threads: int | None = None
    random_state: int = 0
    weights: str | None = None
    na: Sequence[str] = ()
    bad_rows: str = "error"
    max_bad: float = 0.001
    missing_target: str = "leave out"
    reading: Mapping[str, object] | None = None
    stream: bool | None = None
    estimator: str

    def __init__(self, model: ModelFile) -> None:
        self.schema_, self.network_ = Schema.from_dict(model.table or {}), model.network
        self.members_ = (model.parameters, *model.members)
        self.parameters_, self._sessions = model.parameters, []
        with facts_of(self.estimator, model.facts):
            vars(self).update(settings_in(model.facts))
            self.n_features_in_ = len(TrainingFacts.of(model.facts).features)

    def _name(self) -> str:
        return self.estimator


class ClassesFromFile(AnsweringClasses, _FromFile):
    """Answers as the `TableClassifier` that a file holds does."""

    estimator = "TableClassifier"


class NumbersFromFile(AnsweringNumbers, _FromFile):
    """Answers as the `TableRegressor` that a file holds does."""

    estimator = "TableRegressor"


KINDS: dict[str, type[ClassesFromFile | NumbersFromFile]] = {
    kind.estimator: kind for kind in (ClassesFromFile, NumbersFromFile)
}


def what_answers(path: str | Path) -> ClassesFromFile | NumbersFromFile | None:
    """Return what answers as the estimator on tables that a model file holds; None where it holds another.

    Raises
    ------
    ModelFileError
        If the file is not a sound clearprop model.
    """
    model = load_model(path)
    kind = KINDS.get(str(model.facts.get("estimator")))
    return None if kind is None else kind(model)
