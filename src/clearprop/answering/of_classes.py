"""Answers that are classes: labels, probabilities, and the classes that a row may be of."""

from __future__ import annotations

from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.answering.table import AnsweringTable
from clearprop.errors import UsageError
from clearprop.fitting.learned import class_target, enough_held
from clearprop.tables import Source
from clearprop.uncertainty import Curve, prediction_sets, probabilities

Array = NDArray[Any]


class AnsweringClasses(AnsweringTable):
    """Rows are of classes; see `TableClassifier`."""

    task = "classes"

    def predict(self, data: Source) -> Array:
        """Return the label of the most probable class of every row."""
        probabilities = self.predict_proba(data)
        labels: Array = self.classes_[probabilities.argmax(axis=1)]
        return labels

    def predict_proba(self, data: Source) -> Array:
        """Return the probability of every class, (n_rows, n_classes), in the order of `classes_`."""
        return self.probabilities_of(self.predict_outputs(data))

    def predict_set(self, data: Source, level: float = 0.9) -> NDArray[np.bool_]:
        """Return which classes each row may be of, (n_rows, n_classes), the true one with probability `level`.

        By conformal prediction on the rows that were held out (Sadinle, Lei and Wasserman 2019): all classes no less
        probable than the true ones of those rows were, and at least the most probable. It holds for rows that come as
        those did.

        Raises
        ------
        UsageError
            If that is no level, or too few rows were held out.
        """
        return self.sets_of(self.predict_proba(data), level)

    def sets_of(self, probabilities: Array, level: float) -> NDArray[np.bool_]:
        """Return the set of classes of each row of probabilities (n_rows, n_classes); see `predict_set`."""
        held = enough_held(class_target(self.schema_).held, level)
        return prediction_sets(probabilities, held.scores, held.n_rows, level)

    def probabilities_of(self, a: Array) -> Array:
        """Return the probability of every class from outputs a[L] (n_rows, n_out)."""
        curve = class_target(self.schema_).curve
        return probabilities(a, None if curve is None else Curve(curve.x, curve.y))

    @property
    def classes_(self) -> Array:
        """The labels, sorted."""
        return class_target(self.schema_).classes

    def prediction_columns(self, data: Source) -> dict[str, Array]:
        """Return the label, and the probability of every class, of every row."""
        probabilities = self.predict_proba(data)
        columns = {"prediction": self.classes_[probabilities.argmax(axis=1)]}
        named = zip(self.classes_, probabilities.T, strict=True)
        return columns | {f"probability of {label}": column for label, column in named}

    def sure_columns(self, data: Source, level: float | None, std: bool) -> dict[str, Array]:
        """Return the column `clearprop predict` writes beside the label: the classes that a row may be of."""
        if std:
            raise UsageError("std is for a target of numbers, this one is of classes; leave it out.")
        if level is None:
            return {}
        labels = [str(label) for label in self.classes_]
        sets = [" | ".join(compress(labels, row)) for row in self.predict_set(data, level)]
        return {"set": np.array(sets, dtype=object)}
