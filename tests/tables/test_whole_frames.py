"""What is decided for a whole frame, and cells of it that are no values."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from clearprop.errors import DataError
from clearprop.tables import read_table

COMMAS = {"a": ["1,5", "2,75", "3,25"], "b": ["1,234", "2,345", "3,456"]}


def values_of(table):
    return {name: column.cells() for name, column in table.columns.items()}


@pytest.mark.parametrize("of", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_the_mark_of_decimals_is_decided_for_a_whole_frame_as_for_a_file(tmp_path, of):
    pd.DataFrame(COMMAS).to_csv(tmp_path / "t.csv", index=False)
    from_file = values_of(read_table(tmp_path / "t.csv"))
    assert from_file["b"] == [1.234, 2.345, 3.456]
    assert values_of(read_table(of(COMMAS))) == from_file


def test_points_beside_commas_leave_each_column_of_a_frame_to_itself():
    table = read_table(pd.DataFrame({**COMMAS, "c": ["1.5", "2.5", "3.25"]}))
    assert values_of(table) | {"a": 0} == {"a": 0, "b": [1234, 2345, 3456], "c": [1.5, 2.5, 3.25]}
    assert any('Column "b": 1,234 was read as 1234; --decimal ,' in note for note in table.notes)


NESTED = [pd.DataFrame, pl.DataFrame, pa.table, dict]


@pytest.mark.parametrize("of", NESTED)
@pytest.mark.parametrize("cells", [[[1], [2]], [{"x": 1}, {"x": 2}]])
def test_lists_and_objects_in_a_frame_are_left_out_and_said_as_those_of_a_file(of, cells):
    table = read_table(of({"a": cells, "b": [1, 2]}))
    assert (table.names, table.notes) == (("b",), ('Column "a" holds lists or objects; it was left out.',))
    with pytest.raises(DataError, match="has no column of plain values"):
        read_table(of({"a": cells}))


def test_complex_numbers_in_a_frame_are_refused():
    with pytest.raises(DataError, match='column "a" holds complex numbers; give real and imaginary parts'):
        read_table(pd.DataFrame({"a": [1j, 2.0]}))
