"""What a table estimator is for, classes or numbers: what it asks of target, loss and network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError, UsageError, unknown_name
from clearprop.fitting.learned import class_target, number_target
from clearprop.fitting.recipe import Recipe
from clearprop.model import Network
from clearprop.tables import Column, Schema
from clearprop.tables.encodings import ClassTarget

Array = NDArray[Any]

MOST_NAMED = 20
MOST_FRACTIONS = 30  # different numbers with fractions that may still be names of classes


@dataclass(frozen=True)
class Aim(ABC):
    """What an estimator is for.

    Attributes
    ----------
    task : str
        "classes" or "numbers".
    class_weight : "balanced", mapping or None
        As it was asked for.
    """

    task: ClassVar[str]
    class_weight: str | Mapping[object, float] | None = None

    @abstractmethod
    def check(self, column: Column) -> None:
        """Refuse a target that means something else."""

    @abstractmethod
    def suited(self, schema: Schema, recipe: Recipe, answers: Array) -> Schema:
        """Return the schema as the loss needs it; `answers` are those of the training rows."""

    @abstractmethod
    def network(self, schema: Schema, recipe: Recipe) -> Network:
        """Return the network for this schema. Raises UsageError if the loss does not go with the target."""

    @abstractmethod
    def weights(self, schema: Schema, Y: Array) -> Array | None:
        """Return the weight of each row's class (n_rows,), or None where all weigh the same."""


class OfClasses(Aim):
    """Rows are of classes."""

    task = "classes"

    def check(self, column: Column) -> None:
        """Refuse a target that can only be meant as an amount."""
        if column.kind == "number":
            values = np.unique(column.values[~column.missing])
        else:
            values = np.array([label for label in column.labels if isinstance(label, float)])
        if len(values) > MOST_FRACTIONS and (values != np.floor(values)).any():
            raise DataError(
                f'Unknown label type: continuous. The target "{column.name}" holds {len(values)} different numbers, '
                "some with fractions; use TableRegressor, or make classes of them."
            )

    def suited(self, schema: Schema, recipe: Recipe, answers: Array) -> Schema:
        return schema

    def network(self, schema: Schema, recipe: Recipe) -> Network:
        n_classes = len(class_target(schema).labels)
        two = n_classes == 2 and not recipe.label_smoothing
        loss = recipe.loss_or("binary_cross_entropy" if two else "cross_entropy")
        if not loss.of_classes:
            raise UsageError(
                f"the loss {loss.name!r} is for numbers, the target is of classes; leave it out, or use cross_entropy."
            )
        yes_or_no = loss.targets == "unit"
        if yes_or_no and n_classes > 2:
            raise UsageError(f"the loss {loss.name!r} is for two classes, there are {n_classes}; leave it out.")
        return recipe.network(schema.inputs, 1 if yes_or_no else n_classes, loss, schema.n_rows)

    def weights(self, schema: Schema, Y: Array) -> Array | None:
        by_class = self._by_class(class_target(schema))
        return None if by_class is None else by_class[Y.astype(int)]

    def _by_class(self, target: ClassTarget) -> Array | None:
        asked = self.class_weight
        if asked is None:
            return None
        if asked == "balanced":
            return np.asarray(target.weights)
        if not isinstance(asked, Mapping):
            raise unknown_name("class_weight", asked, ["balanced", "a dict of weights by class"])
        weights = np.ones(len(target.labels))
        for label, weight in asked.items():
            code = target.code_of(label)
            if code < 0:
                known = ", ".join(map(repr, target.classes[:MOST_NAMED].tolist()))
                raise UsageError(f"class_weight names {label!r}, which is no class; the classes are {known}.")
            weights[code] = weight
        return weights


class OfNumbers(Aim):
    """Rows have a number."""

    task = "numbers"

    def check(self, column: Column) -> None:
        """Take any: what is no number is refused, with its place, where the schema is learned."""

    def suited(self, schema: Schema, recipe: Recipe, answers: Array) -> Schema:
        """Leave the target in its own units where the loss needs its sign: counts and amounts."""
        loss, target = recipe.loss_or("squared_error"), number_target(schema)
        if loss.of_classes:
            raise UsageError(f"the loss {loss.name!r} is for classes, the target is of numbers; use squared_error.")
        if loss.targets != "real":
            target = target.model_copy(update={"mean": 0.0, "scale": 1.0})
        return schema.model_copy(update={"target": target.within(answers) if recipe.clamp else target})

    def network(self, schema: Schema, recipe: Recipe) -> Network:
        if recipe.calibration not in ("auto", "none"):
            raise UsageError(
                f"calibration has no meaning for a target of numbers, got {recipe.calibration!r}; leave it out. "
                "How sure a number is, predict_interval says."
            )
        return recipe.network(schema.inputs, 1, recipe.loss_or("squared_error"), schema.n_rows)

    def weights(self, schema: Schema, Y: Array) -> Array | None:
        if self.class_weight is not None:
            raise UsageError(
                "class_weight has no meaning for a target of numbers; leave it out, or give sample_weight."
            )
        return None
