"""Answers that are numbers, in the units of the target, and how far off they may be."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from clearprop.answering.table import AnsweringTable, check_fitted
from clearprop.errors import unknown_name
from clearprop.fitting.learned import enough_held, number_target
from clearprop.tables import Source
from clearprop.tables.encodings import NumberTarget
from clearprop.tables.encodings.held import HeldErrors
from clearprop.uncertainty import cv_plus, deviations

Array = NDArray[Any]


class AnsweringNumbers(AnsweringTable):
    """Rows have a number; see `TableRegressor`."""

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
            errors = [sorted_errors(held)]
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
        check_fitted(self)
        return enough_held(self.numbers_.held, level)

    def sure_columns(self, data: Source, level: float | None, std: bool) -> dict[str, Array]:
        """Return the columns `clearprop predict` writes beside the number: low and high, std."""
        ends = {} if level is None else dict(zip(("low", "high"), self.predict_interval(data, level).T, strict=True))
        return ends | ({"std": self.predict(data, return_std=True)[1]} if std else {})

    def prediction_columns(self, data: Source) -> dict[str, Array]:
        """Return the number of every row."""
        return {"prediction": self.predict(data)}


def sorted_errors(held: HeldErrors) -> Array:
    """Return the errors of all members, sorted."""
    return np.sort(np.concatenate(held.errors))
