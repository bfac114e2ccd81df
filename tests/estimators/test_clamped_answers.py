"""Predicted numbers within the targets of training: in answers, scores, files and exports, and only where asked for."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop import TableRegressor, load
from clearprop.errors import ClearpropError, ModelFileError
from clearprop.tables import Schema

SMALL = {"hidden": (6,), "n_epochs": 15, "learning_rate": 0.05, "validation": 0.0, "random_state": 2}


def line(n, low, high):
    x = np.linspace(low, high, n)
    return {"x": x, "y": 3 * x + 1}


@pytest.fixture(scope="module")
def clamped():
    return TableRegressor("y", clamp=True, **SMALL).fit(line(60, 0, 1))


def test_no_answer_lies_beyond_the_targets_of_training_and_the_weights_are_those_without(clamped):
    far = {"x": np.linspace(-5, 6, 200)}
    free = TableRegressor("y", **SMALL).fit(line(60, 0, 1))
    np.testing.assert_array_equal(free.parameters_.vector, clamped.parameters_.vector)
    assert free.predict(far).min() < 1 < 4 < free.predict(far).max()
    np.testing.assert_array_equal(clamped.predict(far), np.clip(free.predict(far), 1.0, 4.0))


def test_scores_compare_the_targets_themselves_with_clamped_answers(clamped):
    new = line(50, -1, 2)
    error = clamped.predict(new) - new["y"]
    assert clamped.evaluate(new).scores["mae"] == pytest.approx(np.abs(error).mean())
    assert clamped.score(new) == pytest.approx(1 - (error**2).mean() / new["y"].var())


def test_a_loss_that_needs_the_sign_of_the_target_is_clamped_in_the_units_of_the_target():
    counts = {"x": np.linspace(0, 1, 60), "y": np.arange(60) // 6 + 1.0}
    model = TableRegressor("y", loss="poisson", clamp=True, **SMALL).fit(counts)
    answers = model.predict({"x": np.linspace(-9, 9, 100)})
    assert (answers.min(), answers.max()) == (1.0, 10.0)


def test_a_model_file_keeps_the_limits_and_one_without_them_says_nothing_of_them(clamped, tmp_path):
    clamped.save(tmp_path / "m.safetensors")
    again, far = load(tmp_path / "m.safetensors"), {"x": [-5.0, 0.5, 6.0]}
    np.testing.assert_array_equal(again.predict(far), clamped.predict(far))
    free = TableRegressor("y", **SMALL).fit(line(60, 0, 1))
    assert not {"low", "high"} & set(free.schema_.to_dict()["target"])


@pytest.mark.parametrize("limits", [{"low": 1.0}, {"low": 2.0, "high": 1.0}, {"low": "a", "high": 3.0}])
def test_limits_that_are_none_are_refused(clamped, limits):
    plain = clamped.schema_.to_dict()
    target = {name: value for name, value in plain["target"].items() if name not in ("low", "high")}
    with pytest.raises(ModelFileError, match="the table schema does not hold"):
        Schema.from_dict(plain | {"target": target | limits})


@pytest.mark.parametrize("name", ["m.onnx", "m.c", "m.py", "m.sql", "m.js"])
def test_an_export_answers_within_the_limits(clamped, tmp_path, name):
    made = clamped.export(tmp_path / name)
    values, _ = made.draft.program.run({"x": np.array([-5.0, 0.5, 6.0])})
    np.testing.assert_allclose(values[:, 0], clamped.predict({"x": [-5.0, 0.5, 6.0]}))
    made.judge(made.check())


def test_a_format_that_cannot_hold_the_limits_says_so(clamped, tmp_path):
    with pytest.raises(ClearpropError, match="PMML"):
        clamped.export(tmp_path / "m.pmml")


def test_the_latest_rows_are_not_clamped_to_those_of_before():
    assert TableRegressor("y", effort="standard", time="t").recipe().clamp is False
    assert TableRegressor("y", effort="standard").recipe().clamp is True
    assert TableRegressor("y", effort="standard", time="t", clamp=True).recipe().clamp is True
