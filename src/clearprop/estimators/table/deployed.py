"""From a trained table estimator to what exchange takes: columns, network, parameters, answer."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from clearprop.estimators.precision import notes_on_export
from clearprop.exchange import Answer, Deployed
from clearprop.tables.encodings import ClassTarget


def deployed(model: Any) -> Deployed:
    """Return a table estimator as exchange takes it."""
    check_is_fitted(model)
    target = model.schema_.target
    if isinstance(target, ClassTarget):
        answer = Answer("class", target.labels)
    else:
        answer = Answer("numbers", (target.name,), target.mean, target.scale)
    return Deployed(model.schema_, model.network_, model.parameters_, answer, notes_on_export(model.precision))
