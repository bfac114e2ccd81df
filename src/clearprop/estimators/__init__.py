"""Estimators: scikit-learn on top. See README.md."""

from clearprop.estimators.classifier import MLPClassifier
from clearprop.estimators.fitting import DivergenceWarning
from clearprop.estimators.regressor import MLPRegressor

__all__ = ["DivergenceWarning", "MLPClassifier", "MLPRegressor"]
