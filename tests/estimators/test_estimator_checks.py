"""scikit-learn's own checks of an estimator, every one of them, none expected to fail."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor

ESTIMATORS = [
    MLPClassifier(max_iter=50),
    MLPClassifier(solver="lbfgs", max_iter=20),
    MLPRegressor(max_iter=50),
    MLPRegressor(solver="lbfgs", max_iter=20),
    TableClassifier(hidden=(16,), precision="float64"),
    TableRegressor(hidden=(16,), precision="float64"),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learns_check(estimator, check):
    check(estimator)
