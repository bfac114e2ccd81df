"""The PMML document answers as the model does when it is read as the standard says."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from clearprop.exchange import SCRIBES, Answer
from clearprop.exchange.scribes.pmml import output_names
from drawn_models import row_model, table_model
from many_exports import draft
from pmml_reader import SPACE, answer, verified


def written(deployed):
    """Return the NeuralNetwork element of a model's document, and its draft."""
    one = draft(deployed, "m")
    root = ElementTree.fromstring(SCRIBES["pmml"].write(one)[".pmml"])
    assert root.get("version") == "4.4"
    return root, root.find("NeuralNetwork", SPACE), one


@pytest.mark.parametrize("target", ["two", "classes", "numbers"])
@pytest.mark.parametrize(("activation", "bins"), [("tanh", None), ("relu", 7), ("sigmoid", None), ("step", 3)])
def test_the_document_answers_as_the_model_does(activation, bins, target):
    root, model, one = written(table_model(4, activation, target=target, dtype=np.float64, bins=bins)[1])
    rows = list(verified(root, model))

    assert len(rows) == len(one.golden)
    for (given, promised), expected in zip(rows, one.golden.values, strict=True):
        np.testing.assert_allclose(promised, expected, rtol=1e-15)
        np.testing.assert_allclose(answer(model, given), expected, rtol=1e-11, atol=1e-12)


def test_rows_of_numbers_and_labels_of_other_kinds():
    deployed = row_model(1, Answer("class", (False, True)), "sigmoid", "binary_cross_entropy", "tanh")
    root, model, one = written(deployed)

    for given, promised in verified(root, model):
        np.testing.assert_allclose(answer(model, given), promised, rtol=1e-12)
    target = root.find("DataDictionary/DataField[@name='target']", SPACE)
    assert target.get("dataType") == "boolean"
    assert [value.get("value") for value in target] == ["false", "true"]
    assert output_names(one.program) == ["probability of False", "probability of True"]
