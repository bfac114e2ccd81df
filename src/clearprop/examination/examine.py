"""examine: look at a trained table estimator from every side, once, and write down what is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.clinic import FitDiagnosis, diagnose_fit
from clearprop.clinic.layer_states import LayerState, look_inside, states_from
from clearprop.errors import UsageError
from clearprop.estimators import TableClassifier, TableRegressor
from clearprop.estimators.table.base import TableEstimator
from clearprop.examination.baselines import Baseline, Material, constant_loss, row_losses, run_baselines
from clearprop.examination.classes import ClassQuality, class_quality
from clearprop.examination.data import DataFacts, data_facts
from clearprop.examination.influence import (
    Dependence,
    ErrorAlong,
    Importance,
    dependences,
    errors_along,
    importances,
    suspects,
)
from clearprop.examination.numbers import NumberQuality, number_quality
from clearprop.examination.parts import Parts
from clearprop.examination.rows import WorstRow, worst_rows
from clearprop.examination.sure import Sure, sure_of_classes, sure_of_numbers
from clearprop.fitting.scoring import classification_scores, regression_scores
from clearprop.proofs import Certificate, certify
from clearprop.tables import Table
from clearprop.tables.encodings import ClassTarget
from clearprop.training import Rows, mean_outputs

Array = NDArray[Any]

SHOWN_COLUMNS = 6
CERTIFIED_ROWS = 32


@dataclass(frozen=True, eq=False)
class Examination:
    """Everything a report says.

    Attributes
    ----------
    estimator : TableEstimator
        Network, schema, parameters and facts are its attributes.
    parts : Parts
    data : DataFacts
    diagnosis : FitDiagnosis or None
        None where the rows it was trained on are not at hand.
    certificate : Certificate
    quality : ClassQuality or NumberQuality
    sure : Sure or None
        Whether it is as sure as it says; None of numbers where no rows were held out.
    baselines : list of Baseline
        The network first; only the network where the rows it was trained on are not at hand.
    importances : list of Importance
    suspects : list of Importance
        That of a column so important that it may give the answer away; else empty.
    dependences : list of Dependence
    errors_along : list of ErrorAlong
    worst : list of WorstRow
    layers : tuple of LayerState
        As training left them.
    epochs : list of int
    layers_over_time : list of tuple of LayerState
        One entry per epoch of `epochs`; empty where nothing was recorded.
    """

    estimator: TableEstimator
    parts: Parts
    data: DataFacts
    diagnosis: FitDiagnosis | None
    certificate: Certificate
    quality: ClassQuality | NumberQuality
    sure: Sure | None
    baselines: list[Baseline]
    importances: list[Importance]
    suspects: list[Importance]
    dependences: list[Dependence]
    errors_along: list[ErrorAlong]
    worst: list[WorstRow]
    layers: tuple[LayerState, ...]
    epochs: list[int]
    layers_over_time: list[tuple[LayerState, ...]]


def examine(estimator: TableEstimator, parts: Parts) -> Examination:
    """Examine a fitted estimator on parted rows; where there are many, on a sample of them.

    Parameters
    ----------
    estimator : TableClassifier or TableRegressor
    parts : Parts
        See `part_again`.

    Raises
    ------
    DataError
        If the rows lack a column the model needs, or the target.
    UsageError
        If the network answers with several numbers or labels.
    """
    if estimator.network_.n_out > 1 and estimator.task == "numbers":
        raise UsageError(
            f"a report judges one answer per row, this network gives {estimator.network_.n_out}; `clearprop evaluate` "
            "scores each of them."
        )
    answers = _Answers(estimator)
    held = answers.rows(parts.held)
    Y = answers.truth(held.Y)
    predicted = answers(held.X)
    losses = row_losses(Y, predicted)
    found = importances(estimator.schema_, held.X, lambda X, rows: row_losses(Y[rows], answers(X)))
    columns = [importance.column for importance in found[:SHOWN_COLUMNS]]
    one, of = answers.single()
    recorded = estimator.facts_.inside or {"epochs": [], "states": []}
    training = held if parts.training is None else answers.rows(parts.training)
    return Examination(
        estimator=estimator,
        parts=parts,
        data=data_facts(estimator, parts),
        diagnosis=None if parts.job is None else diagnose_fit(estimator.as_fit(parts.job)),
        certificate=certify(estimator.sessions()[0], held.X, held.Y, n_rows=CERTIFIED_ROWS),
        quality=class_quality(Y, predicted, answers.labels) if answers.labels else number_quality(Y, predicted),
        sure=answers.sure(Y, predicted),
        baselines=_baselines(answers, None if parts.training is None else training, held, predicted, losses),
        importances=found,
        suspects=suspects(found, float(losses.mean()), constant_loss(Y, predicted)),
        dependences=dependences(estimator.schema_, parts.held, held.X, columns, one, of),
        errors_along=errors_along(parts.held, columns, losses if answers.labels else np.abs(predicted - Y)),
        worst=worst_rows(estimator, parts.held, held, losses, predicted, columns),
        layers=look_inside(estimator.network_, estimator.parameters_, training),
        epochs=list(recorded["epochs"]),
        layers_over_time=states_from(recorded["states"]),
    )


class _Answers:
    """From encoded rows to probabilities, or to numbers in units of the target."""

    def __init__(self, estimator: TableEstimator) -> None:
        self.estimator = estimator
        self.labels = estimator.classes_.tolist() if estimator.task == "classes" else []

    def __call__(self, X: Array) -> Array:
        a = mean_outputs(self.estimator.sessions(), X).astype(np.float64)
        if not self.labels:
            return np.asarray(self.estimator.schema_.answers(a[:, 0]))
        assert isinstance(self.estimator, TableClassifier), "labels are those of a classifier"
        return self.estimator.probabilities_of(a)

    def rows(self, table: Table) -> Rows:
        """Return a table, encoded as the network has it."""
        dtype = self.estimator.parameters_.vector.dtype
        schema = self.estimator.schema_
        return Rows(schema.encode(table, dtype), schema.encode_target(table, dtype))

    def truth(self, Y: Array) -> Array:
        """Return codes of classes, or numbers in units of the target."""
        return Y if self.labels else np.asarray(self.estimator.schema_.decode_target(Y.astype(np.float64)))

    def sure(self, Y: Array, predicted: Array) -> Sure | None:
        """Return whether it is as sure as it says."""
        if isinstance(self.estimator, TableClassifier):
            return sure_of_classes(self.estimator, Y.astype(int), predicted)
        assert isinstance(self.estimator, TableRegressor), "there are two table estimators"
        return sure_of_numbers(self.estimator, Y, predicted)

    def single(self) -> tuple[Any, str]:
        """Return a function to one number per row, and what that number is."""
        target = self.estimator.target_
        if not isinstance(target, ClassTarget):
            return self, f"predicted {target.name}"
        which = 1 if len(self.labels) == 2 else int(np.argmax(target.counts))
        return lambda X: self(X)[:, which], f"probability of {self.labels[which]}"


def _baselines(answers: _Answers, training: Rows | None, held: Rows, predicted: Array, losses: Array) -> list[Baseline]:
    scores = classification_scores if answers.labels else regression_scores
    estimator = answers.estimator
    own = Baseline(
        "this network", estimator.facts_.training_rows, scores(answers.truth(held.Y), predicted),
        float(losses.mean()), None, estimator.facts_.seconds,
    )  # fmt: skip
    if training is None:
        return [own]
    material = Material(
        estimator.network_.inputs, training.X, answers.truth(training.Y), held.X, answers.truth(held.Y),
        len(answers.labels),
    )  # fmt: skip
    return [own, *run_baselines(material, losses, scores)]
