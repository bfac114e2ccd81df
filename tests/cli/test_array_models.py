"""A model file of an estimator on plain arrays: the commands that need a table's columns say so."""

import pytest
from sklearn.datasets import load_iris

from clearprop import MLPClassifier


@pytest.fixture
def array_model(clearprop):
    MLPClassifier(solver="lbfgs", tol=0.1, random_state=0).fit(*load_iris(return_X_y=True)).save("m.safetensors")
    return "m.safetensors"


@pytest.mark.parametrize("command", ["predict", "evaluate", "check"])
def test_commands_on_tables_refuse_it_in_one_line(clearprop, array_model, houses, command):
    result = clearprop(command, array_model, houses)
    assert result.code == 4
    assert "MLPClassifier" in result.err
    assert "Traceback" not in result.err


def test_inspect_shows_it(clearprop, array_model):
    result = clearprop("inspect", array_model)
    assert result.code == 0
    assert "cross_entropy" in result.out
