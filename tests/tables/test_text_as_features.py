"""Text of Python, Parquet and JSON stays what it is: no two cells that differ become one number or one label."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from clearprop import TableClassifier
from clearprop.errors import DataError
from clearprop.tables import learn_schema, read_table, stream_table

SIDE = np.arange(80) % 2 == 0


def of(one, other):
    return [one if left else other for left in SIDE]


def as_parquet(cells, folder):
    pa.parquet.write_table(pa.table({"c": cells}), folder / "t.parquet")
    return folder / "t.parquet"


def as_lines(cells, folder):
    (folder / "t.jsonl").write_text("".join(json.dumps({"c": cell}) + "\n" for cell in cells))
    return folder / "t.jsonl"


APART = {
    "a zero in front": ("01", "1"), "an exponent": ("1e3", "1000"), "blanks": (" hi ", "hi"), "a plus": ("+5", "5"),
    "twenty digits": ("12345678901234567890", "12345678901234567891"), "decimals": ("2.5", "2.50"),
    "thousands": ("1,000", "1000"), "case": ("No", "no"), "currency": ("$5", "5"), "blank digits": (" 1", "1"),
}  # fmt: skip
SOURCES = {
    "mapping": lambda cells, _: {"c": cells},
    "array": lambda cells, _: {"c": np.array(cells)},
    "pandas": lambda cells, _: pd.DataFrame({"c": cells}),
    "objects": lambda cells, _: pd.DataFrame({"c": pd.Series(cells, dtype=object)}),
    "categorical": lambda cells, _: pd.DataFrame({"c": pd.Categorical(cells)}),
    "polars": lambda cells, _: pl.DataFrame({"c": cells}),
    "pyarrow": lambda cells, _: pa.table({"c": cells}),
    "Parquet": as_parquet,
    "JSON lines": as_lines,
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", APART)
def test_two_texts_that_differ_are_two_categories(tmp_path, name, source):
    one, other = APART[name]
    table = read_table(SOURCES[source](of(one, other), tmp_path))
    assert table.column("c").cells() == of(one, other)
    codes = learn_schema(table).encode(table)[:, 0]
    assert (codes[SIDE] != codes[~SIDE]).all()
    assert len(set(codes)) == 2


@pytest.mark.parametrize("name", APART)
def test_a_stream_of_parquet_keeps_them_apart_too(tmp_path, name):
    cells = of(*APART[name])
    path = as_parquet(cells, tmp_path)
    with stream_table(path) as table:
        assert table.column("c").cells() == cells
    kinds = learn_schema(read_table(path)).kinds
    with stream_table(path, kinds=kinds) as table:
        assert table.column("c").cells() == cells


def test_what_is_kept_apart_is_said_with_the_option_that_changes_it():
    note = read_table({"c": of("01", "1")}).notes[0]
    assert note == 'Column "c": "01" and "1" are kept apart as labels; --kind "c=number" reads numbers.'
    assert read_table({"c": of("01", "1")}, kinds={"c": "number"}).column("c").values.tolist() == [1.0] * 80


def test_a_network_learns_from_what_is_kept_apart():
    frame = pd.DataFrame({"c": of("01", "1")})
    model = TableClassifier(hidden=(8,), n_epochs=40, learning_rate=0.05).fit(frame, SIDE)
    assert model.score(frame, SIDE) == 1
    assert model.predict(frame.iloc[1:2]).tolist() == [False]  # which text stands beside a cell changes nothing
    assert model.predict(pd.DataFrame({"c": [" 01 "]})).tolist() == [True]


def test_text_that_is_numbers_without_doubles_is_numbers_still():
    assert read_table({"c": ["1", "2", "30"]}).column("c").values.tolist() == [1, 2, 30]
    assert read_table({"c": ["01", "02"]}).column("c").kind == "number"


def test_amounts_of_many_values_are_numbers_though_some_are_spelled_twice():
    cells = [f"{k / 8}" for k in range(100)] + ["1.50", "2.50"]
    table = read_table({"c": cells})
    assert table.column("c").kind == "number"
    assert any('became one number; --kind "c=category" keeps them apart' in note for note in table.notes)


def test_in_a_text_file_decimals_are_the_same_number_and_codes_are_not(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "code,long,amount,whole\n" + "01,12345678901234567890,2.5,01\n1,12345678901234567891,2.50,02\n" * 20
    )
    table = read_table(path)
    assert [column.kind for column in table.columns.values()] == ["category", "category", "number", "number"]
    with stream_table(path) as streamed:
        assert streamed.notes == table.notes
        assert streamed.column("code").cells() == table.column("code").cells()


ALIKE = [(1, "1"), (True, "True"), (b"a", "a"), (1.5, "1.5")]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_cells_that_look_alike_and_are_not_are_refused(one, other):
    for source in ({"c": of(one, other)}, pd.DataFrame({"c": pd.Categorical(of(one, other))})):
        with pytest.raises(DataError, match=r'column "c" holds .* which look alike; make them one type'):
            read_table(source)


def test_json_that_looks_alike_is_refused(tmp_path):
    with pytest.raises(DataError, match='holds "1" and 1, which look alike'):
        read_table(as_lines(of(1, "1"), tmp_path))


def test_a_word_for_missing_among_labels_is_said_and_can_be_kept(tmp_path):
    cells = of("NA", "x")
    for source in ({"c": cells}, as_parquet(cells, tmp_path), as_lines(cells, tmp_path)):
        table = read_table(source)
        assert table.column("c").missing.sum() == 40
        assert any('40 cells of "NA" read as missing; --kind "c=category"' in note for note in table.notes)
        assert read_table(source, kinds={"c": "category"}).column("c").cells() == cells
    with stream_table(as_parquet(cells, tmp_path)) as streamed:
        assert any('40 cells of "NA" read as missing' in note for note in streamed.notes)


def test_a_word_for_missing_is_missing_to_a_model_that_learned_it_so(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("c,k\n" + "NA,1\nx,2\n" * 40)
    schema = learn_schema(read_table(path))
    frame = pd.DataFrame({"c": ["NA", None, "x", "new"], "k": 1})
    codes = schema.encode(read_table(frame, kinds=schema.kinds))[:, -1]
    assert codes[0] == codes[1]
    assert len(set(codes)) == 3


def test_bytes_that_are_no_text_differ_still(tmp_path):
    cells = of(b"a", b"a\xff")
    sources = [{"c": cells}, {"c": np.array(cells)}, pl.DataFrame({"c": cells}), as_parquet(cells, tmp_path)]
    assert [len(set(read_table(source).column("c").cells())) for source in sources] == [2, 2, 2, 2]
    assert len({tuple(read_table(source).column("c").cells()) for source in sources}) == 1


def test_names_that_differ_by_type_only_are_refused():
    for source in (pd.DataFrame({"1": [1, 2], 1: [3, 4]}), {"1": [1, 2], 1: [3, 4]}):
        with pytest.raises(DataError, match="'1' and 1, which look alike; rename one"):
            read_table(source)


def test_a_target_that_stands_twice_is_refused():
    frame = pd.DataFrame([[1, 2, 3], [4, 5, 6]], columns=["y", "a", "y"])
    with pytest.raises(DataError, match='two columns are called "y", the target'):
        read_table(frame, target="y")
    assert read_table(frame).names == ("y", "a", "y_2")


@pytest.mark.parametrize("first", ["", "Unnamed: 0"])
def test_an_index_is_left_out_of_a_stream_and_of_a_frame_too(tmp_path, first):
    path = tmp_path / "t.csv"
    path.write_text(f"{first},a,b\n" + "".join(f"{k},{k % 7},x\n" for k in range(50)))
    called = first or "column_1"
    with stream_table(path) as streamed:
        whole = read_table(path)
        assert streamed.names == whole.names == ("a", "b")
        assert streamed.notes == whole.notes
        assert streamed.take(np.arange(3)).column("a").cells() == [0, 1, 2]
    with stream_table(path, keep=[called]) as streamed:
        assert streamed.names == (called, "a", "b")
    frame = pd.read_csv(path)
    assert read_table(frame).names == ("a", "b")
    assert read_table(frame, keep=["Unnamed: 0"]).names == ("Unnamed: 0", "a", "b")
