"""Estimators: scikit-learn on top. See README.md.

Each is loaded when it is asked for: one on tables needs nothing of those on arrays, and `clearprop predict` neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.on_demand import on_demand

if TYPE_CHECKING:
    from clearprop.estimators.classifier import MLPClassifier
    from clearprop.estimators.persistence import load
    from clearprop.estimators.regressor import MLPRegressor
    from clearprop.estimators.table_classifier import TableClassifier
    from clearprop.estimators.table_regressor import TableRegressor
    from clearprop.fitting.certification import CertificateWarning
    from clearprop.fitting.endings import DivergenceWarning, InterruptedWarning

__all__ = [
    "CertificateWarning",
    "DivergenceWarning",
    "InterruptedWarning",
    "MLPClassifier",
    "MLPRegressor",
    "TableClassifier",
    "TableRegressor",
    "load",
]

_WHERE = {
    "CertificateWarning": "clearprop.fitting.certification",
    "DivergenceWarning": "clearprop.fitting.endings",
    "InterruptedWarning": "clearprop.fitting.endings",
    "MLPClassifier": "clearprop.estimators.classifier",
    "MLPRegressor": "clearprop.estimators.regressor",
    "TableClassifier": "clearprop.estimators.table_classifier",
    "TableRegressor": "clearprop.estimators.table_regressor",
    "load": "clearprop.estimators.persistence",
}

__getattr__ = on_demand(__name__, _WHERE)
