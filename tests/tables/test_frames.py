"""Tables in memory: every library's types come to the same columns."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from clearprop.errors import DataError
from clearprop.tables import read_table

DAYS = [datetime.date(2020, 1, 31), None, datetime.date(2021, 2, 28)]
COLUMNS = {
    "whole": [1, 2, 3],
    "gap": [1.5, None, 3.0],
    "flag": [True, None, False],
    "word": ["a", "b", None],
    "day": DAYS,
    "digits": ["1", "2", "30"],
}


def as_parquet(tmp_path):
    path = tmp_path / "t.parquet"
    pa.parquet.write_table(pa.table(COLUMNS), path)
    return path


def as_json_lines(tmp_path):
    path = tmp_path / "t.jsonl"
    pd.DataFrame(COLUMNS).assign(day=["2020-01-31", None, "2021-02-28"]).to_json(path, orient="records", lines=True)
    return path


SOURCES = {
    "dict": lambda _: COLUMNS,
    "pandas": lambda _: pd.DataFrame(COLUMNS),
    "pandas with its own types": lambda _: pd.DataFrame(COLUMNS).convert_dtypes(),
    "pandas on arrow": lambda _: pa.table(COLUMNS).to_pandas(types_mapper=pd.ArrowDtype),
    "dict of series": lambda _: dict(pd.DataFrame(COLUMNS)),
    "polars": lambda _: pl.DataFrame(COLUMNS),
    "pyarrow": lambda _: pa.table(COLUMNS),
    "pyarrow batch": lambda _: pa.RecordBatch.from_pydict(COLUMNS),
    "Parquet": as_parquet,
    "JSON lines": as_json_lines,
}


@pytest.mark.parametrize("name", SOURCES)
def test_all_sources_come_to_the_same_columns(tmp_path, name):
    table = read_table(SOURCES[name](tmp_path))
    assert table.n_rows == 3
    assert table.column("whole").cells() == [1, 2, 3]
    assert table.column("whole").integer
    assert table.column("gap").cells() == [1.5, None, 3.0]
    assert table.column("flag").cells() == [True, None, False]
    assert table.column("word").cells() == ["a", "b", None]
    assert [cell and cell.date() for cell in table.column("day").cells()] == DAYS
    assert table.column("digits").cells() == [1, 2, 30]


@pytest.mark.parametrize(
    "labels",
    [
        pd.DataFrame({"c": pd.Categorical(["1", "2", None])}),
        pl.DataFrame({"c": ["1", "2", None]}, schema={"c": pl.Categorical}),
        pl.DataFrame({"c": ["1", "2", None]}, schema={"c": pl.Enum(["1", "2"])}),
        pa.table({"c": pa.array(["1", "2", None]).dictionary_encode()}),
    ],
)
def test_a_categorical_column_stays_one_even_with_numbers_as_labels(labels):
    column = read_table(labels).column("c")
    assert (column.kind, column.cells()) == ("category", ["1", "2", None])


def test_moments_are_taken_in_universal_time():
    noon = pd.DataFrame({"t": pd.to_datetime(["2020-06-01T12:00"]).tz_localize("Europe/Rome")})
    assert read_table(noon).column("t").cells() == [datetime.datetime(2020, 6, 1, 10)]
    aware = datetime.datetime(2020, 6, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    assert read_table({"t": [aware]}).column("t").cells() == [datetime.datetime(2020, 6, 1, 10)]


def test_arrays_are_columns_x0_x1():
    table = read_table(np.array([[1, 2], [3, 4]], dtype=np.int8))
    assert table.names == ("x0", "x1")
    assert table.column("x1").cells() == [2, 4]
    mixed = read_table(np.array([[1, "a"], [2.5, "b"]], dtype=object))
    assert [column.kind for column in mixed.columns.values()] == ["number", "category"]


def test_numpy_files(tmp_path):
    np.save(tmp_path / "t.npy", np.ones((3, 2)))
    np.savez(tmp_path / "t.npz", X=np.ones((3, 2)), y=np.array([0, 1, 0]))
    assert read_table(tmp_path / "t.npy").names == ("x0", "x1")
    table = read_table(tmp_path / "t.npz")
    assert (table.names, table.target) == (("x0", "x1", "y"), "y")


def test_pickled_objects_are_not_loaded(tmp_path):
    np.save(tmp_path / "t.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(DataError, match="Object arrays cannot be loaded"):
        read_table(tmp_path / "t.npy")


@pytest.mark.parametrize("name", ["t.npy", "t.npz", "t.parquet"])
def test_damaged_files_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"PAR1 not at all")
    with pytest.raises(DataError, match=f"{name} cannot be read: "):
        read_table(tmp_path / name)


@pytest.mark.parametrize(("text", "line"), [('{"a": 1}\n\n{"a": \n', 3), ('{"a": 1}\n[1]\n', 2)])
def test_a_line_that_is_no_json_object_is_named(tmp_path, text, line):
    (tmp_path / "t.jsonl").write_text(text)
    with pytest.raises(DataError, match=rf"t\.jsonl:{line} is not a JSON object"):
        read_table(tmp_path / "t.jsonl")


def test_nested_columns_are_left_out_with_a_note(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"a": 1, "b": [1, 2]}\n{"a": 2, "b": [3]}\n')
    table = read_table(tmp_path / "t.jsonl")
    assert table.names == ("a",)
    assert table.notes == ('Column "b" holds lists or objects; it was left out.',)


def test_a_row_of_a_json_file_is_named_by_its_line(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"a": "1"}\n\n{"a": "x"}\n{"a": "3"}\n')
    with pytest.raises(DataError, match=r't\.jsonl:3, column "a": "x" is not a number'):
        read_table(tmp_path / "t.jsonl")


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"a": []},
        {"a": [1, 2], "b": [1]},
        {"a": "abc"},
        {"a": np.ones((2, 2))},
        np.ones((2, 2, 2)),
        np.ones((0, 2)),
        5,
    ],
)
def test_what_is_no_table_is_refused(source):
    with pytest.raises(DataError):
        read_table(source)


def test_bytes_are_text_in_utf_8():
    cells = np.array(["größe".encode(), b"2", b""])
    assert read_table({"a": cells}, kinds={"a": "category"}).column("a").cells() == ["größe", "2", None]


def test_durations_are_seconds_in_every_library():
    cells = [datetime.timedelta(minutes=1), None, datetime.timedelta(days=-1)]
    sources = {"a": cells, "b": pd.Series(cells, dtype="timedelta64[ns]"), "c": pl.Series(cells), "d": pa.array(cells)}
    table = read_table(sources)
    for name in sources:
        assert table.column(name).kind == "number"
        np.testing.assert_array_equal(table.column(name).values, [60, np.nan, -86400])


def test_a_period_is_the_moment_it_begins():
    months = pd.DataFrame({"month": pd.period_range("2020-01", periods=2, freq="M")})
    assert read_table(months).column("month").cells() == [datetime.datetime(2020, 1, 1), datetime.datetime(2020, 2, 1)]


@pytest.mark.parametrize("n", [255, 257, 3000])
@pytest.mark.parametrize("words", [["b", " a ", "NA", None, "a"], ["1,5", "2,5", None, "?"], [None], [""], list("zyx")])
def test_a_long_column_of_text_in_polars_is_read_as_the_list_of_its_cells_is(n, words):
    """Polars codes it, where there are more than some hundred cells."""
    cells = [words[k] for k in np.random.default_rng(n).integers(0, len(words), n)]
    beside = np.arange(n) % 7 / 2
    expected = read_table({"c": cells, "x": beside})
    found = read_table(pl.DataFrame({"c": pl.Series(cells, dtype=pl.String), "x": beside}))
    assert found.notes == expected.notes
    one, other = found.column("c"), expected.column("c")
    assert (one.kind, one.labels, one.format, one.integer) == (other.kind, other.labels, other.format, other.integer)
    np.testing.assert_array_equal(one.values, other.values)
