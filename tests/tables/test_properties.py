"""Whatever the table holds: the encoding is finite, the schema is data, the target comes back."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.tables import Schema, learn_schema, read_table

NUMBERS = st.none() | st.floats(-1e150, 1e150)
WORDS = st.none() | st.text(max_size=3)
MOMENTS = st.none() | st.datetimes()
CELLS = {"number": NUMBERS, "word": WORDS, "flag": st.none() | st.booleans(), "moment": MOMENTS}


@st.composite
def tables(draw):
    n = draw(st.integers(2, 30))
    columns = {name: draw(st.lists(cells, min_size=n, max_size=n)) for name, cells in CELLS.items()}
    columns["y"] = [0.5, 2.5, *draw(st.lists(st.sampled_from([0.5, 2.5, 7.25]), min_size=n - 2, max_size=n - 2))]
    columns["anchor"] = [i % 2 for i in range(n)]
    kinds = {"word": "category"}
    return read_table(columns, kinds=kinds)


@settings(max_examples=60, deadline=None)
@given(table=tables(), data=st.data())
def test_the_encoding_is_finite_and_the_schema_is_data(table, data):
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, table.n_rows - 1), min_size=2)) | {0, 1}))
    schema = learn_schema(table, "y", rows=rows)
    X = schema.encode(table)
    assert np.isfinite(X).all()
    assert X.shape == (table.n_rows, schema.inputs.n_columns)
    assert np.isfinite(schema.encode(table, dtype=np.float32)).all()
    codes = X[:, schema.inputs.n_numeric :]
    assert ((codes >= 0) & (codes < np.array(schema.inputs.categories))).all()
    assert len(schema.feature_names) == schema.inputs.width
    again = Schema.from_dict(json.loads(json.dumps(schema.to_dict())))
    assert again == schema
    np.testing.assert_array_equal(again.encode(table), X)


@settings(max_examples=60, deadline=None)
@given(y=st.lists(st.floats(-1e100, 1e100), min_size=2, max_size=20))
def test_numbers_come_back(y):
    table = read_table({"x": list(range(len(y))), "y": y})
    schema = learn_schema(table, "y", task="numbers")
    decoded = schema.decode_target(schema.encode_target(table))
    scale = max(np.abs(y).max(), 1e-300)
    np.testing.assert_allclose(decoded / scale, np.array(y) / scale, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    labels=st.one_of(
        st.lists(st.integers(-(2**53), 2**53), min_size=2, max_size=20, unique=True),
        st.lists(st.floats(-1e100, 1e100).filter(lambda x: x != int(x)), min_size=2, max_size=20, unique=True),
        st.lists(st.from_regex(r"[A-Za-z ]*[A-Za-z]", fullmatch=True), min_size=2, max_size=20, unique=True),
    )
)
def test_labels_come_back(labels):
    table = read_table(
        {"x": list(range(len(labels))), "y": labels}, kinds={} if not isinstance(labels[0], str) else {"y": "category"}
    )
    cells = table.column("y").cells()
    if len(set(cells)) < 2 or None in cells:
        return
    schema = learn_schema(table, "y", task="classes")
    decoded = schema.decode_target(schema.encode_target(table)).tolist()
    assert decoded == cells
    assert [type(label) for label in decoded] == [type(cell) for cell in cells]
