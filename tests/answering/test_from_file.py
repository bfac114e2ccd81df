"""What answers by a model file, and loads nothing to train with, answers as the estimator does."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from clearprop import MLPClassifier, TableClassifier, TableRegressor, load
from clearprop.answering.from_file import KINDS, what_answers
from clearprop.errors import ModelFileError
from clearprop.files import load_model, save_model


@pytest.mark.parametrize(
    ("estimator", "data", "level"), [(TableClassifier, "iris", 0.8), (TableRegressor, "diabetes", 0.9)]
)
@pytest.mark.parametrize("members", [1, 3])
def test_its_answers_are_those_of_the_estimator(tmp_path, estimator, data, level, members):
    estimator(hidden=(4,), n_epochs=3, members=members).fit(data).save(tmp_path / "m.safetensors")
    model, found = load(tmp_path / "m.safetensors"), what_answers(tmp_path / "m.safetensors")
    of_numbers = estimator is TableRegressor
    for name, arguments in (("prediction_columns", ()), ("sure_columns", (level, of_numbers))):
        expected, columns = (getattr(one, name)(data, *arguments) for one in (model, found))
        assert list(columns) == list(expected) != []
        for column, values in expected.items():
            np.testing.assert_array_equal(columns[column], values)
    assert found.reader() == model.reader()


@pytest.mark.parametrize("kind", KINDS.values())
def test_a_setting_that_a_file_has_not_is_at_the_default_of_the_estimator(kind):
    declared = inspect.signature({"TableClassifier": TableClassifier, "TableRegressor": TableRegressor}[kind.estimator])
    mine = {name: getattr(kind, name) for name in declared.parameters if hasattr(kind, name)}
    assert len(mine) == 13
    assert mine == {name: declared.parameters[name].default for name in mine}


def test_facts_that_do_not_hold_are_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    TableClassifier(hidden=(3,), n_epochs=1).fit("iris").save(path)
    model = load_model(path)
    del model.facts["settings"]
    save_model(path, model)
    with pytest.raises(ModelFileError, match="not those of a TableClassifier"):
        what_answers(path)


def test_of_a_model_of_arrays_there_is_nothing(tmp_path):
    with pytest.warns(ConvergenceWarning):
        MLPClassifier((3,), max_iter=1).fit(np.eye(4), [0, 1, 0, 1]).save(tmp_path / "m.safetensors")
    assert what_answers(tmp_path / "m.safetensors") is None
