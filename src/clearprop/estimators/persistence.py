"""Save and load estimators: one model file each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clearprop.errors import ModelFileError
from clearprop.estimators.classifier import MLPClassifier
from clearprop.estimators.regressor import MLPRegressor
from clearprop.estimators.table_classifier import TableClassifier
from clearprop.estimators.table_regressor import TableRegressor
from clearprop.files import ModelFile, load_model

ESTIMATORS = (MLPClassifier, MLPRegressor, TableClassifier, TableRegressor)


def load(path: str | Path) -> Any:
    """Return the fitted estimator that a model file holds.

    Raises
    ------
    ModelFileError
        If the file is not a sound clearprop model, or no estimator of this version wrote it.
    """
    model: ModelFile = load_model(path)
    known: dict[str, Any] = {estimator.__name__: estimator for estimator in ESTIMATORS}
    name = model.facts.get("estimator")
    if name not in known:
        raise ModelFileError(
            f"{path} was written by {name!r}, expected one of {', '.join(known)}; it is a network without an "
            "estimator: read it with clearprop.files.load_model."
        )
    return known[name].from_model(model)
