"""TableRegressor: numbers from a table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from clearprop.answering.of_numbers import AnsweringNumbers, sorted_errors
from clearprop.estimators.table.base import Array, TableEstimator
from clearprop.exchange import Deployed
from clearprop.fitting.aim import OfNumbers
from clearprop.fitting.scoring import regression_scores
from clearprop.tables import Source, read_table
from clearprop.tables.given import as_answers, rows_to_score
from clearprop.training.metrics import r2
from clearprop.uncertainty import reach_of


class TableRegressor(RegressorMixin, AnsweringNumbers, TableEstimator):
    """A network that predicts a number from a table as it is: mixed columns, missing cells, text categories.

    The target is standardised for training and given back in its own units; the losses poisson and gamma see it as it
    is. Parameters, and what is learned where, are those of `TableClassifier`; `loss` is squared_error if left out,
    `class_weight` has no meaning here.

    Examples
    --------
    >>> model = TableRegressor(n_epochs=20).fit("diabetes")
    >>> model.predict("diabetes").shape
    (442,)
    """

    def score(self, data: Source, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None) -> float:
        """Return R², on the data's own target if y is left out."""
        if y is None:
            return self._own_score("r2", data, sample_weight)
        predicted = self.predict(data)
        given = read_table({self.target_.name: as_answers(y, len(predicted))}, na=self.na, kinds=self.schema_.kinds)
        true = given.column(self.target_.name)
        rows = rows_to_score(true, self.missing_target)
        weights = np.ones(len(rows)) if sample_weight is None else np.asarray(sample_weight, np.float64)[rows]
        return r2(predicted[rows, None], true.values[rows, None], weights)

    def _with_level(self, deployed: Deployed, level: float) -> Deployed:
        held = self._held(level)
        answer = replace(deployed.answer, reach=reach_of(sorted_errors(held), held.n_rows, level))
        note = f"Beside the number are the ends of an interval that holds the true one with probability {level:g}."
        return replace(deployed, answer=answer, notes=(*deployed.notes, note))

    def _judge(self, a: Array, y: Array) -> tuple[dict[str, float], list[dict[str, object]]]:
        scale, answers = self.numbers_.scale, self.numbers_.within_limits(a[:, 0])
        scores = regression_scores(y, answers)  # standardised: of millions of rows each array more is of megabytes
        return {name: score if name == "r2" else score * scale for name, score in scores.items()}, []

    def _aim(self) -> OfNumbers:
        return OfNumbers(self.class_weight)
