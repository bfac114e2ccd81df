"""TableRegressor: numbers from a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from clearprop.errors import UsageError
from clearprop.estimators.table.base import Array, TableEstimator
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.scoring import regression_scores
from clearprop.model import Network
from clearprop.tables import Schema, Source, read_table
from clearprop.tables.encodings import NumberTarget
from clearprop.tables.given import as_answers, rows_to_score


class TableRegressor(RegressorMixin, TableEstimator):  # type: ignore[misc]  # scikit-learn is untyped
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

    def predict(self, data: Source) -> Array:
        """Return the number of every row (n_rows,), in the target's units."""
        a = self.predict_outputs(data)
        numbers: Array = self.schema_.decode_target(a[:, 0])
        return numbers

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
        weights = None if sample_weight is None else np.asarray(sample_weight)[rows]
        return float(r2_score(true.values[rows], predicted[rows], sample_weight=weights))

    def _judge(self, a: Array, y: Array) -> tuple[dict[str, float], list[dict[str, object]]]:
        target = self.target_
        assert isinstance(target, NumberTarget), "the schema was learned for numbers"
        scores = regression_scores(y, a[:, 0])  # of standardised numbers, of which there may be millions
        return {name: score if name == "r2" else score * target.scale for name, score in scores.items()}, []

    def _suited(self, schema: Schema, recipe: Recipe) -> Schema:
        """Leave the target in its own units where the loss needs its sign: counts and amounts."""
        assert schema.target is not None
        loss = recipe.loss_or("squared_error")
        if loss.of_classes:
            raise UsageError(f"the loss {loss.name!r} is for classes, the target is of numbers; use squared_error.")
        if loss.targets == "real":
            return schema
        raw = schema.target.model_copy(update={"mean": 0.0, "scale": 1.0})
        return schema.model_copy(update={"target": raw})

    def _class_weights(self, schema: Schema, Y: Array) -> Array | None:
        if self.class_weight is not None:
            raise UsageError(
                "class_weight has no meaning for a target of numbers; leave it out, or give sample_weight."
            )
        return None

    def describe_network(self, schema: Schema, recipe: Recipe) -> Network:
        return recipe.network(schema.inputs, 1, recipe.loss_or("squared_error"), schema.n_rows)
