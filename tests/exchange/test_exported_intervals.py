"""Exports with intervals: the ends that `predict_interval` gives stand beside the number, in every format that can."""

from __future__ import annotations

import re

import numpy as np
import pytest

from clearprop import MLPRegressor, TableClassifier, TableRegressor
from clearprop.errors import ScribeCannot, UsageError
from clearprop.exchange import SCRIBES, lower
from clearprop.tables import read_table
from many_exports import check_all

SMALL = {"n_epochs": 4, "hidden": (6,), "activation": "tanh"}


@pytest.fixture(scope="module")
def models():
    asked = ({"members": 3}, {"clamp": True}, {"precision": "float64"}, {"loss": "poisson"}, {"bins": 4})
    return [TableRegressor(**SMALL, **one).fit("diabetes") for one in asked]


@pytest.mark.parametrize("to", SCRIBES)
def test_a_number_leaves_with_the_ends_of_its_interval(to, models, tmp_path):
    deployed = [model.deployed(0.9) for model in models]
    held = [one for one in deployed if SCRIBES[to].why_not(lower(one)) is None]
    assert len(held) == (3 if to == "pmml" else 5)  # it has neither a mean of networks nor limits of the answer
    check_all(to, held, tmp_path)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_the_ends_are_those_that_the_model_predicts(models, level):
    for model in models:
        program = lower(model.deployed(level))
        table = read_table("diabetes")
        values, _ = program.run({cell.name: table.column(cell.name).values for cell in program.cells})
        tolerance = 1e-12 if model.precision == "float64" else 1e-5
        assert program.names == ("progression", "progression low", "progression high")
        np.testing.assert_allclose(values[:, 0], model.predict("diabetes"), rtol=tolerance)
        np.testing.assert_allclose(values[:, 1:], model.predict_interval("diabetes", level), rtol=tolerance, atol=1e-3)
        assert (values[:, 1] <= values[:, 0]).all()
        assert (values[:, 0] <= values[:, 2]).all()


def test_the_ends_hold_a_number_that_is_kept_within_limits():
    model = TableRegressor(**SMALL, clamp=True, learning_rate=0.3).fit("diabetes")
    target = model.numbers_
    narrow = target.model_copy(update={"low": target.mean - 5.0, "high": target.mean + 5.0})
    model.schema_ = model.schema_.model_copy(update={"target": narrow})
    program, table = lower(model.deployed(0.1)), read_table("diabetes")
    values, _ = program.run({cell.name: table.column(cell.name).values for cell in program.cells})
    assert (values[:, 1] == narrow.high).any()
    assert (values[:, 2] == narrow.low).any()
    np.testing.assert_allclose(values[:, 1:], model.predict_interval("diabetes", 0.1), rtol=1e-5)


def test_pmml_refuses_an_interval_with_limits_and_names_the_formats_that_have_it(models, tmp_path):
    with pytest.raises(ScribeCannot, match=r"several answers.*these can: onnx, c, c-fixed, numpy, sql, javascript"):
        models[1].export(tmp_path / "m.pmml", level=0.9)


def test_the_ends_in_pmml_are_outputs_of_their_own(models, tmp_path):
    models[2].export(tmp_path / "m.pmml", level=0.9)
    text = (tmp_path / "m.pmml").read_text()
    assert re.findall(r'name="(predicted [a-z ]+)" feature="([a-zA-Z]+)"', text) == [
        ("predicted progression", "predictedValue"),
        ("predicted progression low", "transformedValue"),
        ("predicted progression high", "transformedValue"),
    ]
    assert 'numberOfOutputs="1"' in text


def test_of_classes_the_head_of_the_file_says_which_are_in_the_set(tmp_path):
    model = TableClassifier(n_epochs=3, hidden=(6,)).fit("wine")
    exported = model.export(tmp_path / "m.py", level=0.9)
    least = float(re.search(r"at least ([0-9.e-]+)\.$", exported.draft.notes[-1])[1])
    assert exported.draft.notes[-1] in exported.files[0].read_text()
    P = model.predict_proba("wine")
    found = P >= least
    found[np.arange(len(P)), P.argmax(axis=1)] = True
    np.testing.assert_array_equal(found, model.predict_set("wine", 0.9))
    assert 1 < found.sum(axis=1).mean() < 3


def test_a_model_without_rows_that_were_held_out_has_no_interval_to_export(tmp_path):
    X = np.random.default_rng(0).normal(size=(30, 2))
    of_rows = MLPRegressor(hidden_layer_sizes=(3,), tol=9, n_iter_no_change=1).fit(X, X[:, 0])
    with pytest.raises(UsageError, match=r"MLPRegressor keeps no errors .* leave the level out \(--interval\)"):
        of_rows.export(tmp_path / "m.py", level=0.9)
    with pytest.raises(UsageError, match="held out from training, none were"):
        TableRegressor(**SMALL, validation=0).fit("diabetes").export(tmp_path / "m.py", level=0.9)
    with pytest.raises(UsageError, match="between 0 and 1"):
        TableRegressor(**SMALL).fit("diabetes").export(tmp_path / "m.py", level=90)
    assert not (tmp_path / "m.py").exists()
