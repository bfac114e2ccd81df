"""TableRegressor: numbers from a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from clearprop.errors import unknown_name
from clearprop.estimators.table.base import Array, TableEstimator
from clearprop.exchange import Deployed
from clearprop.fitting.aim import OfNumbers, number_target
from clearprop.fitting.held import enough_held
from clearprop.fitting.scoring import regression_scores
from clearprop.tables import Source, read_table
from clearprop.tables.encodings import NumberTarget
from clearprop.tables.encodings.held import HeldErrors
from clearprop.tables.given import as_answers, rows_to_score
from clearprop.training.metrics import r2
from clearprop.uncertainty import cv_plus, deviations, reach_of


class TableRegressor(RegressorMixin, TableEstimator):
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

    task = "numbers"

    @overload
    def predict(self, data: Source, return_std: Literal[False] = False) -> Array: ...
    @overload
    def predict(self, data: Source, return_std: Literal[True]) -> tuple[Array, Array]: ...

    @np.errstate(under="ignore")
    def predict(self, data: Source, return_std: bool = False) -> Array | tuple[Array, Array]:
        """Return the number of every row (n_rows,), in the target's units.

        Parameters
        ----------
        data : DataFrame, array, mapping, path, or name of a bundled set
        return_std : bool
            Whether to return, beside the numbers, how far each may be off, one deviation: as much as those of held-out
            rows, and more where the members differ more on this row than on others.

        Raises
        ------
        UsageError
            If that is asked for, and no rows were held out.
        """
        if not return_std:
            outputs = self.predict_outputs(data)
            numbers: Array = self.schema_.answers(outputs[:, 0])
            return numbers
        held, each = self._held(), self.member_outputs(data)[:, :, 0].astype(np.float64)
        return self.predict(data), self.numbers_.scale * deviations(each, held.rms, held.spread)

    @np.errstate(under="ignore")
    def predict_interval(self, data: Source, level: float = 0.9, method: str = "cv") -> Array:
        """Return the interval of every row (n_rows, 2), low and high, that has its number with probability `level`.

        From the errors on the rows that were held out: those that each member was validated on, or the validation rows
        of a single network, of which both methods make split conformal prediction. It holds for rows that come as
        those did.

        Parameters
        ----------
        data : DataFrame, array, mapping, path, or name of a bundled set
        level : float
            Of the coverage, between 0 and 1.
        method : {"cv", "cv+"}
            "cv" reaches as far to either side of the answer as the errors out of fold ask for. "cv+" lays each error
            beside the answer of its own member (Barber et al. 2021): wider, above all where the members disagree, and
            of K folds never below 2 · level − 1, whatever the data.

        Raises
        ------
        UsageError
            If that is no level or method, or too few rows were held out.
        """
        if method not in ("cv", "cv+"):
            raise unknown_name("method", method, ["cv", "cv+"])
        held = self._held(level)
        errors = [np.array(one) for one in held.errors]
        if method == "cv":
            errors = [_sorted(held)]
            each = self.predict_outputs(data)[:, 0].astype(np.float64)[None]
        else:
            each = self.member_outputs(data)[:, :, 0].astype(np.float64)
        ends = cv_plus(each, errors, held.n_rows, level)
        low, high = self.schema_.decode_target(np.stack(ends))
        answers = self.schema_.answers(each.mean(axis=0))  # within limits, if there are some: then maybe beyond an end
        return np.stack([np.minimum(low, answers), np.maximum(high, answers)], axis=1)

    @property
    def numbers_(self) -> NumberTarget:
        """What was learned of the target."""
        return number_target(self.schema_)

    def _held(self, level: float = 0.5) -> HeldErrors:
        """Return the errors of held-out rows; refuse where there are too few for a level."""
        check_is_fitted(self)
        return enough_held(self.numbers_.held, level)

    def _with_level(self, deployed: Deployed, level: float) -> Deployed:
        held = self._held(level)
        answer = replace(deployed.answer, reach=reach_of(_sorted(held), held.n_rows, level))
        note = f"Beside the number are the ends of an interval that holds the true one with probability {level:g}."
        return replace(deployed, answer=answer, notes=(*deployed.notes, note))

    def sure_columns(self, data: Source, level: float | None, std: bool) -> dict[str, Array]:
        """Return the columns `clearprop predict` writes beside the number: low and high, std."""
        ends = {} if level is None else dict(zip(("low", "high"), self.predict_interval(data, level).T, strict=True))
        return ends | ({"std": self.predict(data, return_std=True)[1]} if std else {})

    def prediction_columns(self, data: Source) -> dict[str, Array]:
        """Return the number of every row."""
        return {"prediction": self.predict(data)}

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

    def _judge(self, a: Array, y: Array) -> tuple[dict[str, float], list[dict[str, object]]]:
        scale, answers = self.numbers_.scale, self.numbers_.within_limits(a[:, 0])
        scores = regression_scores(y, answers)  # standardised: of millions of rows each array more is of megabytes
        return {name: score if name == "r2" else score * scale for name, score in scores.items()}, []

    def _aim(self) -> OfNumbers:
        return OfNumbers(self.class_weight)


def _sorted(held: HeldErrors) -> Array:
    """Return the errors of all members, sorted."""
    return np.sort(np.concatenate(held.errors))
