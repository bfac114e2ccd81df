"""Numbers and moments bin by bin: values by hand, the steps of the program, and a network that is told more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop import TableRegressor, load
from clearprop.errors import UsageError
from clearprop.files import load_model, save_model
from clearprop.program import Program
from clearprop.tables import Schema, learn_schema, read_table
from clearprop.tables.encodings import BinsEncoding, DateEncoding, NumberEncoding


def encoding_of(x, bins=4):
    table = read_table({"x": x, "y": np.arange(len(x)) % 2})
    return learn_schema(table, "y", task="classes", bins=bins).columns[0], table


def test_values_by_hand():
    encoding, _ = encoding_of([0.0, 1.0, 2.0, 3.0, 4.0], bins=2)
    assert encoding.edges == (0.0, 2.0, 4.0)
    assert (encoding.names, encoding.place_name) == (("x",), "x, its bin")
    assert encoding.bin_names == ("x, 0 to 2", "x, 2 to 4")
    places = encoding.place(read_table({"x": [-5.0, 0.0, 1.0, 2.0, 3.0, 4.0, 9.0]}).column("x"))
    assert places.tolist() == [0, 0, 0.5, 1, 1.5, 2, 2]
    rises = encoding.stage.forward(places[:, None], {})
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
    column = read_table({"x": [np.nan, encoding.fill]}).column("x")
    encoded, places = encoding.encode(column), encoding.place(column)
    assert encoding.names[1] == "x is missing"
    assert encoded[:, 1].tolist() == [1, 0]
    assert (encoded[0, 0], places[0]) == (encoded[1, 0], places[1])


@given(
    st.lists(st.floats(-1e149, 1e149), min_size=8, max_size=40).filter(lambda x: len({*x}) > 4),
    st.lists(st.one_of(st.floats(-1e149, 1e149), st.just(float("nan"))), min_size=1, max_size=20),
    st.integers(2, 16),
)
def test_its_steps_make_the_same_bits_and_all_is_finite_and_in_bounds(x, new, bins):
    encoding, _ = encoding_of(x, bins)
    column = read_table({"x": np.array(new)}, kinds={"x": "number"}).column("x")
    encoded = encoding.encode(column)
    if isinstance(encoding, BinsEncoding):
        encoded = np.column_stack([encoded, encoding.place(column)])
        assert ((encoded[:, -1] >= 0) & (encoded[:, -1] <= encoding.stage.bins)).all()
    assert np.isfinite(encoded).all()
    for step, values in zip(encoding.steps(), encoded.T, strict=True):
        np.testing.assert_array_equal(Program(step, ("x",)).run({"x": column.values})[0][:, 0], values)


def test_moments_have_more_bins_each_with_its_rows_and_their_names_say_when():
    days = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    data = {"day": days, "y": np.arange(len(days)) % 2}
    encoding = learn_schema(read_table(data), "y", task="classes", bins=4).columns[0]
    assert isinstance(encoding, BinsEncoding)
    assert isinstance(encoding.beside, DateEncoding)
    assert encoding.stage.bins == 366 // 16
    assert encoding.bin_names[0] == "day, 2024-01-01 to 2024-01-17"
    halves = {"at": np.arange("2024-01-01T00", "2024-01-05T00", dtype="datetime64[h]"), "y": np.arange(96) % 2}
    hours = learn_schema(read_table(halves), "y", task="classes", bins=2).columns[0]
    assert hours.bin_names[1] == "at, 2024-01-01 15:00:00 to 2024-01-02 07:00:00"


def test_numbers_places_and_codes_stand_in_this_order_in_x():
    data = {"colour": ["red", "blue"] * 20, "x": np.arange(40.0) ** 2, "y": np.arange(40) % 2}
    table = read_table(data)
    schema = learn_schema(table, "y", task="classes", bins=4)
    assert schema.column_names == ("x", "x, its bin", "colour")
    assert [type(stage).__name__ for stage in schema.inputs.stages] == ["Numbers", "Staircase", "OneHot"]
    X = schema.encode(table)
    np.testing.assert_array_equal(X[:, 1], schema.columns[1].place(table.column("x")))
    assert schema.inputs.width == len(schema.feature_names)


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


def test_a_file_of_before_holds_a_column_for_each_bin_and_answers_as_it_did(tmp_path):
    """Up to schema 1.4 the encoding was of the kind "piecewise", and X had the rises themselves."""
    x = np.linspace(0, 1, 300)
    data = {"x": x, "y": np.floor(6 * x) % 2}
    now = TableRegressor("y", hidden=(8,), n_epochs=20, bins=6, validation=0.0).fit(data)
    plain = now.schema_.to_dict()
    (column,) = plain["columns"]
    column |= {"kind": "piecewise", "number": column.pop("beside")}
    before = Schema.from_dict(plain)
    table = read_table(data)
    rises = before.encode(table)
    assert before.column_names == now.schema_.feature_names
    np.testing.assert_allclose(rises, now.network_.stage.forward(now.schema_.encode(table), {}), rtol=0, atol=1e-12)
    now.save(tmp_path / "now.safetensors")
    file = load_model(tmp_path / "now.safetensors")
    network = replace(now.network_, inputs=before.inputs)
    save_model(tmp_path / "then.safetensors", replace(file, network=network, table=before.to_dict()))
    then = load(tmp_path / "then.safetensors")
    np.testing.assert_allclose(then.predict(data), now.predict(data), rtol=0, atol=1e-5)
    assert then.export(tmp_path / "then.onnx").check()[0].difference < 1e-6
