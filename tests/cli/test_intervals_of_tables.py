"""Predicted intervals of the table estimators: from held-out rows, through files, in every kind of member."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors import safe_open

from clearprop import TableRegressor, load
from clearprop.errors import ModelFileError, UsageError
from clearprop.fitting.held import held_answers
from clearprop.fitting.members import out_of_fold
from clearprop.tables import read_table

QUICK = {"hidden": (8,), "n_epochs": 12}


def noisy(n, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=n), rng.choice(["x", "y"], n)
    return {"a": a, "b": b, "y": 3 * a + np.where(b == "x", 2, 0) + rng.normal(size=n)}


@pytest.mark.parametrize(
    "settings", [{}, {"members": 4}, {"members": 4, "by": "seeds"}, {"members": 4, "by": "bootstrap"}]
)
def test_intervals_hold_as_many_new_rows_as_they_say(settings):
    model = TableRegressor("y", hidden=(8,), **settings).fit(noisy(1500, 0))
    new = noisy(4000, 1)
    for level in (0.5, 0.9):
        low, high = model.predict_interval(new, level).T
        lower, upper = model.predict_interval(new, level, "cv+").T
        for some in ((low, high), (lower, upper)):
            assert level - 0.06 < np.mean((some[0] <= new["y"]) & (new["y"] <= some[1])) < level + 0.06
        assert np.mean(high - low) <= 1.01 * np.mean(upper - lower)
    mean, std = model.predict(new, return_std=True)
    np.testing.assert_allclose(high - mean, mean - low, rtol=1e-6)
    np.testing.assert_array_equal(mean, model.predict(new))
    assert 0.85 < np.mean(np.abs(mean - new["y"]) < 1.645 * std) < 0.95


def test_by_folds_the_errors_are_those_of_the_rows_out_of_fold():
    model = TableRegressor(**QUICK, members=4)
    job = model.prepare("diabetes")
    model.fit("diabetes")
    _, outputs = out_of_fold(job, held_answers(job, model.sessions()))
    errors = np.sort(np.abs(outputs[:, 0] - job.rows.Y))
    held = model.schema_.target.held
    assert held.n_rows == 442
    np.testing.assert_allclose(np.sort(np.concatenate(held.errors)), errors, rtol=1e-6)
    assert held.rms == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-6)


def test_a_single_network_has_the_errors_of_its_validation_rows():
    model = TableRegressor(**QUICK).fit("diabetes")
    held = model.schema_.target.held
    assert held.n_rows == model.facts_.validation_rows == sum(map(len, held.errors))
    low, high = model.predict_interval("diabetes", 0.8).T
    assert np.ptp(high - low) < 1e-9 * (high - low).mean()


def test_the_members_differ_more_far_from_the_rows_and_so_does_the_deviation():
    model = TableRegressor("y", **QUICK, members=5).fit(noisy(600, 0))
    std = model.predict({"a": np.array([0.0, 30.0]), "b": ["x", "x"]}, return_std=True)[1]
    assert std[1] > 2 * std[0]
    ends = model.predict_interval({"a": np.array([0.0, 30.0]), "b": ["x", "x"]}, method="cv+")
    assert np.diff(ends[1]) > 2 * np.diff(ends[0])


def test_intervals_come_back_from_a_file_of_schema_1_4(tmp_path):
    model = TableRegressor(**QUICK, members=3).fit("diabetes")
    model.save(tmp_path / "m.safetensors")
    with safe_open(tmp_path / "m.safetensors", "numpy") as file:
        assert json.loads(file.metadata()["clearprop"])["schema_version"] == "1.4"
    again = load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(again.predict_interval("diabetes"), model.predict_interval("diabetes"))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("n_rows", -1, "held"),
        ("rms", -1.0, "held"),
        ("spread", -1.0, "held"),
        ("errors", [[2.0, 1.0]], "sorted"),
        ("errors", [[0.1] * 1025], "1024"),
        ("errors", [], "held"),
        ("errors", [[0.1] * 1000], "more errors"),
    ],
)
def test_a_file_with_impossible_errors_is_refused(before, after, said, tmp_path):
    model = TableRegressor(**QUICK).fit("diabetes")
    schema = model.schema_.to_dict()
    schema["target"]["held"][before] = after
    with pytest.raises(ModelFileError, match=said):
        type(model.schema_).from_dict(schema)


def test_what_cannot_be_sure_is_refused_with_a_cure():
    data = noisy(40, 0)
    alone = TableRegressor("y", **QUICK).fit(data)
    with pytest.raises(UsageError, match=r"none were; train with members=8"):
        alone.predict_interval(data)
    with pytest.raises(UsageError, match="none were"):
        alone.predict(data, return_std=True)
    model = TableRegressor("y", **QUICK, members=4).fit(data)
    assert model.predict_interval(data, 0.9).shape == (40, 2)
    with pytest.raises(UsageError, match="99 rows that were held out from training, 40 were"):
        model.predict_interval(data, 0.99)
    with pytest.raises(UsageError, match=r"cv\+"):
        model.predict_interval(data, 0.9, "jackknife")
    with pytest.raises(UsageError, match="between 0 and 1"):
        model.predict_interval(data, 90)


def test_a_table_on_disk_is_given_the_same_intervals(tmp_path):
    table = read_table("diabetes")
    lines = [",".join(table.names)]
    lines += [",".join(map(str, row)) for row in zip(*(table.column(n).values for n in table.names), strict=True)]
    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n")
    model = TableRegressor("progression", **QUICK, members=3).fit(tmp_path / "d.csv")
    whole = model.predict_interval(tmp_path / "d.csv")
    model.set_params(stream=True)
    np.testing.assert_array_equal(model.predict_interval(tmp_path / "d.csv"), whole)


def test_predict_writes_intervals(clearprop, houses):
    assert (
        clearprop("train", houses, "--target", "price", "--epochs", "5", "--out", "m.safetensors", "--quiet").code == 0
    )
    told = clearprop("predict", "m.safetensors", houses, "--interval", "0.9", "--std")
    heads, first = (line.split(",") for line in told.out.splitlines()[:2])
    assert heads == ["prediction", "low", "high", "std"]
    prediction, low, high, std = map(float, first)
    assert low < prediction < high
    assert std > 0
    assert clearprop("predict", "m.safetensors", houses, "--interval", "9").code == 2
