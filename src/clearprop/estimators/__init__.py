"""Estimators: scikit-learn on top. See README.md."""

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
