"""scikit-learn's own checks of an estimator, every one of them that applies, none expected to fail."""

import os
import subprocess
import sys

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor

ESTIMATORS = [
    MLPClassifier(max_iter=50),
    MLPClassifier(solver="lbfgs", max_iter=20),
    MLPRegressor(max_iter=50),
    MLPRegressor(solver="lbfgs", max_iter=20),
    TableClassifier(hidden=(16,), precision="float64"),
    TableRegressor(hidden=(16,), precision="float64"),
]
OF_ANOTHER_KIND = {
    "check_classifiers_multilabel_output_format_decision_function": "there is no decision_function",
    "check_array_api_input": "SciPy must be told of array APIs before it is loaded: see the last test",
}
"""Checks that look at nothing here, and why."""


def named(check):
    """Return the name of a check, which may stand in a partial."""
    return getattr(check, "func", check).__name__


CHECKS = [pair for estimator in ESTIMATORS for pair in estimator_checks_generator(estimator, mark=None)]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("estimator", "check"),
    [pytest.param(*pair, id=f"{pair[0]}-{named(pair[1])}") for pair in CHECKS if named(pair[1]) not in OF_ANOTHER_KIND],
)
def test_scikit_learns_check(estimator, check):
    check(estimator)


def test_scikit_learns_check_of_array_apis():
    program = (
        "from test_estimator_checks import CHECKS, named\n"
        "found = [check(estimator) for estimator, check in CHECKS if named(check) == 'check_array_api_input']\n"
        "print(len(found), 'checks')"
    )
    environment = {
        **os.environ,
        "SCIPY_ARRAY_API": "1",
        "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path]),
    }
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], env=environment, capture_output=True, text=True
    )
    assert run.stdout.strip() == "6 checks", run.stderr
