"""From a trained MLP estimator to what exchange takes: columns, network, parameters, answer."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from clearprop.errors import UsageError
from clearprop.estimators.mlp.network import parameters_of
from clearprop.estimators.precision import notes_on_export
from clearprop.exchange import Answer, Deployed


def deployed(mlp: Any) -> Deployed:
    """Return an MLP estimator as exchange takes it.

    Raises
    ------
    UsageError
        If it is a classifier that has seen one class only.
    """
    check_is_fitted(mlp)
    names = getattr(mlp, "feature_names_in_", None)
    columns = tuple(names.tolist() if names is not None else (f"x{k}" for k in range(mlp.n_features_in_)))
    parameters = parameters_of(mlp.network_, mlp.coefs_, mlp.intercepts_)
    return Deployed(columns, mlp.network_, parameters, _answer(mlp), notes_on_export(mlp.precision))


def _answer(mlp: Any) -> Answer:
    if not hasattr(mlp, "classes_"):
        several = mlp.n_outputs_ > 1
        return Answer("numbers", tuple(f"output {k}" for k in range(mlp.n_outputs_)) if several else ("prediction",))
    labels = tuple(mlp.classes_.tolist())
    if len(labels) < 2:
        raise UsageError(f"the classifier has seen one class only, {labels}; an export needs two classes at least.")
    return Answer("labels" if mlp._labels()["kind"].startswith("multilabel") else "class", labels)
