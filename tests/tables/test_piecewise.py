"""Numbers bin by bin: values by hand, the steps of the program, and a network that is told more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop import TableRegressor, load
from clearprop.errors import UsageError
from clearprop.program import Program
from clearprop.tables import Schema, learn_schema, read_table
from clearprop.tables.encodings import NumberEncoding, PiecewiseEncoding


def encoding_of(x, bins=4):
    table = read_table({"x": x, "y": np.arange(len(x)) % 2})
    return learn_schema(table, "y", task="classes", bins=bins).columns[0], table


def test_values_by_hand():
    encoding, _ = encoding_of([0.0, 1.0, 2.0, 3.0, 4.0], bins=2)
    assert encoding.edges == (0.0, 2.0, 4.0)
    assert encoding.names == ("x", "x, 0 to 2", "x, 2 to 4")
    rises = encoding.encode(read_table({"x": [-5.0, 0.0, 1.0, 2.0, 3.0, 4.0, 9.0]}).column("x"))[:, 1:]
    assert rises.tolist() == [[0, 0], [0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [1, 1]]


def test_bins_hold_a_like_share_of_the_rows():
    x = np.random.default_rng(0).exponential(size=800)
    encoding, _ = encoding_of(x, bins=8)
    counts, _ = np.histogram(x, encoding.edges)
    assert counts.min() >= 99
    assert counts.max() <= 101


def test_a_column_of_few_values_has_fewer_bins_or_none():
    three, _ = encoding_of(np.repeat([0.0, 1.0, 5.0], 30), bins=16)
    two, _ = encoding_of(np.repeat([0.0, 1.0], 30), bins=16)
    assert three.edges == (0.0, 1.0, 5.0)
    assert type(two) is NumberEncoding


def test_a_missing_number_stands_where_the_median_is_and_is_told():
    encoding, _ = encoding_of([0.0, 1.0, np.nan, 3.0, 4.0], bins=2)
    encoded = encoding.encode(read_table({"x": [np.nan, encoding.fill]}).column("x"))
    assert encoding.names[1] == "x is missing"
    assert encoded[:, 1].tolist() == [1, 0]
    np.testing.assert_array_equal(encoded[0, [0, 2, 3]], encoded[1, [0, 2, 3]])


@given(
    st.lists(st.floats(-1e149, 1e149), min_size=8, max_size=40).filter(lambda x: len({*x}) > 4),
    st.lists(st.one_of(st.floats(-1e149, 1e149), st.just(float("nan"))), min_size=1, max_size=20),
    st.integers(2, 16),
)
def test_its_steps_make_the_same_bits_and_all_is_finite_and_in_bounds(x, new, bins):
    encoding, _ = encoding_of(x, bins)
    column = read_table({"x": np.array(new)}, kinds={"x": "number"}).column("x")
    encoded = encoding.encode(column)
    assert np.isfinite(encoded).all()
    for name, step, values in zip(encoding.names, encoding.steps(), encoded.T, strict=True):
        np.testing.assert_array_equal(Program(step, (name,)).run({"x": column.values})[0][:, 0], values)
    if isinstance(encoding, PiecewiseEncoding):
        rises = encoded[:, len(encoding.number.names) :]
        assert ((rises >= 0) & (rises <= 1)).all()
        assert (np.diff(rises, axis=1) <= 0).all()  # a bin is begun when the one below is full


def test_the_schema_comes_back_from_its_data():
    _, table = encoding_of(np.arange(40.0))
    schema = learn_schema(table, "y", task="classes", bins=8)
    assert Schema.from_dict(schema.to_dict()) == schema
    assert schema.kinds["x"] == "number"


def test_a_network_with_bins_learns_a_staircase_and_leaves(tmp_path):
    x = np.linspace(0, 1, 300)
    data = {"x": x, "y": np.floor(6 * x) % 2}
    settings = {"target": "y", "hidden": (), "n_epochs": 150, "learning_rate": 0.05, "l2": 0.0, "validation": 0.0}
    plain = TableRegressor(**settings).fit(data)
    binned = TableRegressor(**settings, bins=24).fit(data)
    assert plain.score(data) < 0.2
    assert binned.score(data) > 0.8
    binned.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(load(tmp_path / "m.safetensors").predict(data), binned.predict(data))
    assert binned.export(tmp_path / "m.onnx").check()[0].difference == 0
    with pytest.raises(UsageError, match="bins must be a whole number of 0 or more"):
        TableRegressor("y", bins=-1).fit(data)
