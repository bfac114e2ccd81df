"""Save a table estimator to a model file, and make one of what a file holds."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from clearprop.answering.table import check_fitted
from clearprop.engines import Session
from clearprop.errors import ScribeCannot
from clearprop.exchange import Answer, Deployed, Exportable
from clearprop.exchange.precision import notes_on_export
from clearprop.files import ModelFile, save_model
from clearprop.fitting.certification import certificate_of
from clearprop.fitting.facts import TrainingFacts
from clearprop.fitting.origin import Origin
from clearprop.fitting.plain import facts_of, settings_in
from clearprop.model import Network, Parameters
from clearprop.tables import Schema
from clearprop.tables.encodings import ClassTarget
from clearprop.training import History


class FiledTable(Exportable):
    """save, export, and the way back: all an estimator knows is its settings, a schema, a network and facts."""

    schema_: Schema
    network_: Network
    parameters_: Parameters
    members_: tuple[Parameters, ...]
    facts_: TrainingFacts
    precision: str
    _origin: Origin | None

    def save(self, path: str | Path) -> None:
        """Write the model file: network, parameters, schema, and the facts of the training.

        Raises
        ------
        OSError
            If the system refuses; what stood there before is whole.
        """
        check_fitted(self)
        first, *others = self.members_
        file = ModelFile(self.network_, first, self.schema_.to_dict(), self.facts_.as_kept(), tuple(others))
        save_model(path, file)

    def deployed(self, level: float | None = None) -> Deployed:
        """Return schema, network, parameters and answer, as exchange takes them; at a level, with intervals."""
        check_fitted(self)
        found = self._deployed()
        return found if level is None else self._with_level(found, level)

    @abstractmethod
    def _with_level(self, deployed: Deployed, level: float) -> Deployed:
        """Return what is deployed with intervals or sets of a level."""

    def _deployed(self) -> Deployed:
        target = self.schema_.target
        assert target is not None, "an estimator is fitted to a target"
        if isinstance(target, ClassTarget):
            if target.curve is not None:
                raise ScribeCannot(
                    "the probabilities go through an isotonic curve, which no format takes; train with "
                    'calibration="temperature" (--calibration temperature), or "none".'
                )
            answer = Answer("class", target.labels)
        else:
            answer = Answer("numbers", (target.name,), target.mean, target.scale, target.low, target.high)
        notes = notes_on_export(self.precision)
        return Deployed(self.schema_, self.network_, self.members_, answer, notes)

    @classmethod
    def from_model(cls, model: ModelFile) -> Self:
        """Return the estimator that a model file holds, ready to predict.

        Raises
        ------
        ModelFileError
            If another estimator wrote it, or its facts do not hold.
        """
        schema = Schema.from_dict(model.table or {})
        with facts_of(cls.__name__, model.facts):
            estimator = cls(**settings_in(model.facts))
            members = (model.parameters, *model.members)
            estimator._adopt(schema, model.network, members, TrainingFacts.of(model.facts))
        return estimator

    def _adopt(self, schema: Schema, network: Network, members: Sequence[Parameters], facts: TrainingFacts) -> None:
        """Put what was learned on the estimator, as training and loading alike leave it."""
        self.schema_ = schema
        self.network_, self.facts_ = network, facts
        self.members_, self.parameters_ = tuple(members), members[0]
        self.history_ = History(facts.history)
        self.gradient_certificate_ = certificate_of(facts.certificate)
        self.feature_names_in_ = np.array(facts.features, dtype=object)
        self.n_features_in_ = len(self.feature_names_in_)
        if facts.begun_at:
            self._origin = Origin(schema, network, members[0], facts.begun_at)
        self._sessions: list[Session] = []  # none, or those that predict; never pickled
