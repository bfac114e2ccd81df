"""Save an MLP estimator to a model file, and load it: settings and what was learned, as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import sklearn

import clearprop
from clearprop.estimators.facts import facts_of_a, from_plain, shortened, to_plain
from clearprop.estimators.mlp.deployed import deployed
from clearprop.estimators.mlp.network import parameters_of, weights_of
from clearprop.exchange import Exported, export
from clearprop.files import ModelFile, load_model, save_model
from clearprop.fitting.certification import certificate_facts, certificate_of
from clearprop.training import as_records

MLP = TypeVar("MLP", bound="Filed")

_LEARNED = (
    "n_outputs_", "n_layers_", "out_activation_", "n_features_in_", "n_iter_", "t_", "loss_", "best_loss_",
    "best_validation_score_", "loss_curve_", "validation_scores_", "history_", "engine_", "_seed", "_epochs",
    "_no_improvement_count", "_output",
)  # fmt: skip
"""Fitted attributes that are plain data. The update rule's memory is not kept: a loaded estimator starts it anew."""


class Filed:
    """save and load. The estimator's children say what they know of labels (`_labels`, `_set_labels`)."""

    def save(self, path: str | Path) -> None:
        """Write a model file: settings, weights, classes and history. See docs/file-format.md.

        Raises
        ------
        OSError
            If the system refuses; what stood there before is whole.
        """
        mlp: Any = self
        mlp._check_fitted()
        facts = {
            "estimator": type(self).__name__,
            "settings": {name: to_plain(value) for name, value in mlp.get_params().items()},
            "learned": {name: to_plain(shortened(getattr(mlp, name))) for name in _LEARNED if hasattr(mlp, name)},
            "solver_report": mlp.solver_report_.as_dict() if getattr(mlp, "solver_report_", None) else None,
            "certificate": certificate_facts(mlp.gradient_certificate_),
            "labels": mlp._labels(),
            "feature_names": [str(name) for name in getattr(mlp, "feature_names_in_", ())],
            "versions": {
                "clearprop": clearprop.__version__,
                "numpy": np.__version__,
                "scikit-learn": sklearn.__version__,
            },
        }
        parameters = parameters_of(mlp.network_, mlp.coefs_, mlp.intercepts_)
        save_model(path, ModelFile(mlp.network_, parameters, None, facts))

    def export(self, path: str | Path, to: str | None = None, name: str | None = None) -> Exported:
        """Write the model in another format, with rows to check it by. See docs/how-to/export.md.

        Parameters
        ----------
        path : str or path
            Its ending decides the format, where `to` does not.
        to : {"onnx", "c", "c-fixed", "numpy", "pmml", "sql", "javascript"}, optional
        name : str, optional
            What the functions are called by; the file's name if left out.

        Returns
        -------
        Exported
            What was written; its `check()` runs the golden rows on every runtime at hand.

        Raises
        ------
        ScribeCannot
            If the format lacks something the model needs; the message names it, and formats that have it.
        """
        return export(deployed(self), path, to, name)

    @classmethod
    def load(cls: type[MLP], path: str | Path) -> MLP:
        """Return the estimator that `save` wrote.

        Raises
        ------
        ModelFileError
            If the file is not a sound clearprop model, or one of another estimator.
        """
        return cls.from_model(load_model(path))

    @classmethod
    def from_model(cls: type[MLP], model: ModelFile) -> MLP:
        """Return the estimator that a model file holds.

        Raises
        ------
        ModelFileError
            If another estimator wrote it, or its facts do not hold.
        """
        facts = model.facts
        with facts_of_a(cls, facts):
            mlp: Any = cls(**{name: from_plain(value) for name, value in facts["settings"].items()})
            for name in _LEARNED:
                if name in facts["learned"]:
                    setattr(mlp, name, from_plain(facts["learned"][name]))
            mlp.gradient_certificate_ = certificate_of(facts.get("certificate"))
            mlp._set_labels(facts["labels"])
            mlp._records = as_records(mlp.history_)
            names = facts["feature_names"]
        if names:
            mlp.feature_names_in_ = np.array(names, dtype=object)
        mlp.network_, mlp._best = model.network, None
        mlp.coefs_, mlp.intercepts_ = weights_of(model.parameters)
        return mlp  # type: ignore[no-any-return]
