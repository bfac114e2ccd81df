"""Save an MLP estimator to a model file, and load it: settings and what was learned, as plain data."""

from __future__ import annotations

import math
from abc import abstractmethod
from pathlib import Path
from typing import Any, Self

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

import clearprop
from clearprop.errors import UsageError
from clearprop.exchange import Answer, Deployed, Exportable
from clearprop.exchange.precision import notes_on_export
from clearprop.files import ModelFile, load_model, save_model
from clearprop.fitting.as_sklearn.network import parameters_of, weights_of
from clearprop.fitting.as_sklearn.ready import keep_to_oneself
from clearprop.fitting.certification import certificate_facts, certificate_of
from clearprop.fitting.facts import kept
from clearprop.fitting.plain import facts_of, from_plain, to_plain
from clearprop.model import Network
from clearprop.proofs import Certificate
from clearprop.training import EpochRecord, History, as_records
from clearprop.training.progress import Best

Array = NDArray[Any]

_LEARNED = (
    "n_outputs_", "n_layers_", "out_activation_", "n_features_in_", "n_iter_", "t_", "loss_", "best_loss_",
    "best_validation_score_", "loss_curve_", "validation_scores_", "history_", "engine_", "_seed", "_epochs",
    "_no_improvement_count",
)  # fmt: skip
"""Fitted attributes that are plain data. The update rule's memory is not kept: a loaded estimator starts it anew."""


class Filed(Exportable):
    """save, export and load. The estimator's children say what they know of labels (`_labels`, `_set_labels`)."""

    network_: Network
    coefs_: list[Array]
    intercepts_: list[Array]
    n_features_in_: int
    n_outputs_: int
    precision: str | None
    gradient_certificate_: Certificate | None
    history_: History
    _records: list[EpochRecord]
    _best: Best | None

    @abstractmethod
    def _labels(self) -> dict[str, Any] | None:
        """Return what is to be known of the labels, as plain data."""

    @abstractmethod
    def _set_labels(self, labels: dict[str, Any] | None) -> None:
        """Undo `_labels`."""

    def save(self, path: str | Path) -> None:
        """Write a model file: settings, weights, classes and history. See docs/file-format.md.

        Raises
        ------
        OSError
            If the system refuses; what stood there before is whole.
        """
        check_is_fitted(self)
        report = getattr(self, "solver_report_", None)
        facts = {
            "estimator": type(self).__name__,
            "settings": {name: to_plain(value) for name, value in BaseEstimator.get_params(self).items()},
            "learned": {name: to_plain(kept(getattr(self, name))) for name in _LEARNED if hasattr(self, name)},
            "solver_report": report.as_dict() if report else None,
            "certificate": certificate_facts(self.gradient_certificate_),
            "labels": self._labels(),
            "feature_names": [str(name) for name in getattr(self, "feature_names_in_", ())],
            "versions": {
                "clearprop": clearprop.__version__,
                "numpy": np.__version__,
                "scikit-learn": sklearn.__version__,
            },
        }
        parameters = parameters_of(self.network_, self.coefs_, self.intercepts_)
        save_model(path, ModelFile(self.network_, parameters, None, facts))

    def deployed(self, level: float | None = None) -> Deployed:
        """Return columns, network, parameters and answer, as exchange takes them; no level, for it keeps no errors."""
        check_is_fitted(self)
        if level is not None:
            raise UsageError(
                f"{type(self).__name__} keeps no errors of rows that were held out, from which intervals come; "
                "leave the level out (--interval), or train a TableRegressor or TableClassifier."
            )
        names = getattr(self, "feature_names_in_", None)
        columns = tuple(names.tolist() if names is not None else (f"x{k}" for k in range(self.n_features_in_)))
        parameters = parameters_of(self.network_, self.coefs_, self.intercepts_)
        return Deployed(columns, self.network_, (parameters,), self._answer(), notes_on_export(self.precision))

    def _answer(self) -> Answer:
        several = self.n_outputs_ > 1
        return Answer("numbers", tuple(f"output {k}" for k in range(self.n_outputs_)) if several else ("prediction",))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the estimator that `save` wrote.

        Raises
        ------
        ModelFileError
            If the file is not a sound clearprop model, or one of another estimator.
        """
        return cls.from_model(load_model(path))

    @classmethod
    def from_model(cls, model: ModelFile) -> Self:
        """Return the estimator that a model file holds.

        Raises
        ------
        ModelFileError
            If another estimator wrote it, or its facts do not hold.
        """
        facts = model.facts
        with facts_of(cls.__name__, facts):
            estimator = cls(**{name: from_plain(value) for name, value in facts["settings"].items()})
            estimator._adopt(model)
        return estimator

    def _adopt(self, model: ModelFile) -> None:
        """Put on the estimator what a file holds."""
        facts = model.facts
        for name in _LEARNED:
            if name in facts["learned"]:
                setattr(self, name, from_plain(facts["learned"][name]))
        self.history_ = History(self.history_)
        self.gradient_certificate_ = certificate_of(facts.get("certificate"))
        self._set_labels(facts["labels"])
        if facts["feature_names"]:
            self.feature_names_in_ = np.array(facts["feature_names"], dtype=object)
        self._records, self._best, self._best_monitored = as_records(self.history_), None, math.inf
        self.network_ = model.network
        self.coefs_, self.intercepts_ = weights_of(model.parameters)
        keep_to_oneself(self)
