"""Save a table estimator to a model file, and make one of what a file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from clearprop.engines import Session
from clearprop.estimators.facts import facts_of_a, from_plain, known, shortened
from clearprop.estimators.table.deployed import deployed
from clearprop.exchange import Exported, export
from clearprop.files import ModelFile, save_model
from clearprop.fitting.certification import certificate_of
from clearprop.model import Network, Parameters
from clearprop.tables import Schema


class FiledTable:
    """save, and the way back: everything an estimator knows is its settings, a schema, a network and facts."""

    def save(self, path: str | Path) -> None:
        """Write the model file: network, parameters, schema, and the facts of the training.

        Raises
        ------
        OSError
            If the system refuses; what stood there before is whole.
        """
        check_is_fitted(self)
        facts = self.facts_ | {"history": shortened(self.facts_["history"])}
        facts |= {name: known(facts[name]) for name in ("parts", "test", "history") if name in facts}
        save_model(path, ModelFile(self.network_, self.parameters_, self.schema_.to_dict(), facts))

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
    def from_model(cls, model: ModelFile) -> Self:
        """Return the estimator that a model file holds, ready to predict.

        Raises
        ------
        ModelFileError
            If another estimator wrote it, or its facts do not hold.
        """
        schema = Schema.from_dict(model.table or {})
        with facts_of_a(cls, model.facts):
            settings = {name: from_plain(value) for name, value in model.facts["settings"].items()}
            estimator = cls(**{name: _as_tuple(value) for name, value in settings.items()})
            estimator._adopt(schema, model.network, model.parameters, dict(model.facts))
        return estimator

    def _adopt(self, schema: Schema, network: Network, parameters: Parameters, facts: dict[str, Any]) -> None:
        """Put what was learned on the estimator, as training and loading alike leave it."""
        self.schema_: Any = schema
        self.network_, self.parameters_, self.facts_ = network, parameters, facts
        self.history_ = facts["history"]
        self.gradient_certificate_ = certificate_of(facts.get("certificate"))
        self.feature_names_in_ = np.array(facts["features"], dtype=object)
        self.n_features_in_ = len(self.feature_names_in_)
        self._sessions: list[Session] = []  # none, or the one that predicts; never pickled


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
