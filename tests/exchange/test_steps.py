"""What an encoding makes of a column, its steps make to the bit; the program predicts what the engine does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.engines import REFERENCE, open_session
from clearprop.errors import DataError
from clearprop.exchange import lower
from clearprop.exchange.golden import as_table, golden
from clearprop.program import STEPS, Program
from clearprop.tables import learn_schema
from drawn_models import table_model
from strange_tables import strange_rows, training_table


def as_cells(column):
    """Return a column as an export takes it."""
    if column.kind != "category":
        return column.values
    return ["" if label is None else label for label in column.cells()]


@given(seed=st.integers(0, 2**32 - 1), kinds=st.text("nhbdce", min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_encode_and_the_steps_are_the_same_bits(seed, kinds):
    rng = np.random.default_rng(seed)
    table = training_table(rng, kinds=kinds)
    schema = learn_schema(table, "y", task="classes")
    rows = strange_rows(rng, table)
    cells = {name: as_cells(rows.column(name)) for name in schema.names}
    encoded = dict(zip(schema.column_names, schema.encode(rows).T, strict=True))

    for column in schema.columns:
        names = (column.name,) if column.kind == "category" else column.names
        for name, step in zip(names, column.steps(), strict=True):
            values, _ = Program(step, (name,)).run(cells)
            np.testing.assert_array_equal(values[:, 0], encoded[name], err_msg=name)


@pytest.mark.parametrize("bins", [None, 8])
@pytest.mark.parametrize("target", ["two", "classes", "numbers"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_program_predicts_what_the_engine_does(target, dtype, bins):
    table, deployed = table_model(3, target=target, dtype=dtype, bins=bins)
    rows = strange_rows(np.random.default_rng(1), table)
    session = open_session(deployed.network, deployed.parameters, engine=REFERENCE)
    outputs = session.predict(deployed.columns.encode(rows, dtype))

    values, decision = lower(deployed).run({name: as_cells(rows.column(name)) for name in deployed.columns.names})

    if target == "numbers":
        np.testing.assert_array_equal(values, deployed.columns.decode_target(outputs))
        assert decision is None
    else:
        probabilities = np.hstack([1 - outputs, outputs]) if target == "two" else outputs
        np.testing.assert_array_equal(values, probabilities)
        np.testing.assert_array_equal(decision[:, 0], deployed.columns.decode_target(probabilities.argmax(axis=1)))


def test_golden_rows_show_every_label_a_gap_the_fill_and_both_cuts():
    _, deployed = table_model(0)
    program = lower(deployed)

    rows = golden(deployed, program).rows

    for column in deployed.columns.columns:
        cells = rows[column.name]
        if column.kind == "category":
            assert {*column.labels, "", "unseen"} <= set(cells)
        else:
            assert np.isnan(cells).any()
            assert column.kind == "boolean" or column.fill in cells
    X = deployed.columns.encode(as_table(deployed.columns, rows))
    for name, values in zip(deployed.columns.column_names, X.T, strict=True):
        if name[0] in "nh" and not name.endswith("missing"):
            assert values.min() == -20
            assert values.max() == 20


def test_golden_rows_are_the_same_every_time_and_none_is_of_the_training():
    table, deployed = table_model(0, kinds="nhd")
    first, second = (golden(deployed, lower(deployed)) for _ in range(2))

    for name, cells in first.rows.items():
        np.testing.assert_array_equal(cells, second.rows[name])
    training = np.stack([table.column(name).values for name in first.rows], axis=1)
    made = np.stack(list(first.rows.values()), axis=1)
    assert not any((row == training).all(axis=1).any() for row in made)


def test_a_missing_column_is_named():
    _, deployed = table_model(0, kinds="nc")
    with pytest.raises(DataError, match='no column "n0 x"; the program reads "n0 x", "c1 x"'):
        lower(deployed).run({"c1 x": ["kyiv"]})


def test_every_step_is_in_the_table_once():
    assert len(STEPS) == len({step.__name__ for step in STEPS})
