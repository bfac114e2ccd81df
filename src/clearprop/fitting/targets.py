"""What the target of a table asks of a network: outputs, a loss that suits them, a weight for each class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError, UsageError, unknown_name
from clearprop.fitting.recipe import Recipe
from clearprop.model import Network
from clearprop.tables import Column, Schema
from clearprop.tables.encodings import ClassTarget, NumberTarget

Array = NDArray[Any]

MOST_NAMED = 20
MOST_FRACTIONS = 30  # different numbers with fractions that may still be names of classes


def class_target(schema: Schema) -> ClassTarget:
    """Return the target of a schema that was learned for classes."""
    assert isinstance(schema.target, ClassTarget), "the schema was learned for classes"
    return schema.target


def number_target(schema: Schema) -> NumberTarget:
    """Return the target of a schema that was learned for numbers."""
    assert isinstance(schema.target, NumberTarget), "the schema was learned for numbers"
    return schema.target


def check_classes(column: Column) -> None:
    """Refuse a target of classes that can only be meant as an amount.

    Raises
    ------
    DataError
        If it holds many different numbers, some with fractions.
    """
    if column.kind == "number":
        values = np.unique(column.values[~column.missing])
    else:
        values = np.array([label for label in column.labels if isinstance(label, float)])
    if len(values) > MOST_FRACTIONS and (values != np.floor(values)).any():
        raise DataError(
            f'Unknown label type: continuous. The target "{column.name}" holds {len(values)} different numbers, '
            "some with fractions; use TableRegressor, or make classes of them."
        )


def class_weights(asked: str | Mapping[object, float] | None, target: ClassTarget) -> Array | None:
    """Return the weight of each class (n_classes,), as `class_weight` asks for them; None where all weigh the same.

    Raises
    ------
    UsageError
        If it names what is no class.
    """
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


def network_of_classes(recipe: Recipe, schema: Schema) -> Network:
    """Return the network for a schema whose target is of classes.

    Raises
    ------
    UsageError
        If the loss asked for does not go with them.
    """
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


def network_of_numbers(recipe: Recipe, schema: Schema) -> Network:
    """Return the network for a schema whose target is of numbers.

    Raises
    ------
    UsageError
        If probabilities are to be calibrated, which it has not.
    """
    if recipe.calibration not in ("auto", "none"):
        raise UsageError(
            f"calibration has no meaning for a target of numbers, got {recipe.calibration!r}; leave it out. "
            "How sure a number is, predict_interval says."
        )
    return recipe.network(schema.inputs, 1, recipe.loss_or("squared_error"), schema.n_rows)


def suited_to_loss(target: NumberTarget, recipe: Recipe, numbers: Array) -> NumberTarget:
    """Return a target of numbers as the loss needs it, and within the limits of those numbers if that is asked for.

    It stays in its own units where the loss needs its sign: counts and amounts.

    Raises
    ------
    UsageError
        If the loss is one of classes.
    """
    loss = recipe.loss_or("squared_error")
    if loss.of_classes:
        raise UsageError(f"the loss {loss.name!r} is for classes, the target is of numbers; use squared_error.")
    if loss.targets != "real":
        target = target.model_copy(update={"mean": 0.0, "scale": 1.0})
    return target.within(numbers) if recipe.clamp else target
