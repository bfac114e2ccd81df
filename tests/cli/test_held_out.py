"""The rows held out to the end: what `clearprop train` scores, `fit(..., test=...)` scores."""

from __future__ import annotations

import numpy as np

from clearprop import TableClassifier, load


def test_python_gets_the_scores_of_the_command_line(clearprop):
    told = clearprop("train", "wine", "--epochs", "5", "--json", "--quiet").facts
    model = TableClassifier(n_epochs=5).fit("wine", test=0.2)
    assert model.facts_.test.scores == told["test"]["scores"]
    assert model.facts_.test.rows == told["test"]["rows"] == 36
    assert model.facts_.parts["test"].loss == told["parts"]["test"]["loss"]
    np.testing.assert_array_equal(model.parameters_.vector, load("wine.safetensors").parameters_.vector)
