"""A column that weighs the rows: what sample_weight does, by name."""

from __future__ import annotations

import numpy as np
import pytest

from clearprop import TableClassifier, TableRegressor, load
from clearprop.errors import DataError, UsageError

RNG = np.random.default_rng(0)
DATA = {"a": RNG.normal(size=80), "b": RNG.normal(size=80)}
DATA["y"] = DATA["a"] - DATA["b"]
WEIGHTS = RNG.integers(0, 4, 80).astype(float)
QUICK = {"hidden": (4,), "n_epochs": 3}


def test_it_weighs_as_sample_weight_does_and_is_no_feature():
    named = TableRegressor("y", **QUICK, weights="w").fit(DATA | {"w": WEIGHTS})
    given = TableRegressor("y", **QUICK).fit(DATA, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(named.parameters_.vector, given.parameters_.vector)
    assert named.schema_.names == ("a", "b")
    assert named.facts_.features == ("a", "b")
    np.testing.assert_array_equal(named.predict(DATA), named.predict(DATA | {"w": WEIGHTS}))


def test_what_weighs_nothing_is_refused_in_words():
    with pytest.raises(DataError, match='no column "weight"'):
        TableRegressor("y", weights="weight").fit(DATA)
    with pytest.raises(UsageError, match="leave one of them out"):
        TableRegressor("y", weights="w").fit(DATA | {"w": WEIGHTS}, sample_weight=WEIGHTS)
    with pytest.raises(DataError, match="must be numbers; the column is read as category"):
        TableRegressor("y", weights="w").fit(DATA | {"w": ["heavy", "light"] * 40})
    with pytest.raises(DataError, match=r"row 3.*the weight is missing"):
        TableRegressor("y", weights="w").fit(DATA | {"w": np.where(np.arange(80) == 3, np.nan, WEIGHTS)})
    with pytest.raises(DataError, match="finite and 0 or more"):
        TableRegressor("y", weights="w").fit(DATA | {"w": WEIGHTS - 2})


def test_from_a_file_and_back(tmp_path):
    lines = ["a,w,y", *(f"{k % 9},{k % 3},{'pq'[k % 2]}" for k in range(60))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    model = TableClassifier("y", **QUICK, weights="w").fit(tmp_path / "t.csv", test=0.2)
    assert model.facts_.test.rows == 12
    model.save(tmp_path / "m.safetensors")
    assert load(tmp_path / "m.safetensors").weights == "w"
    assert load(tmp_path / "m.safetensors").predict(tmp_path / "t.csv").shape == (60,)
