"""What is written reads back to the same, and nothing in it is executed by a spreadsheet or a terminal."""

import csv
import io
import json

import numpy as np
import pyarrow.parquet
import pytest

from clearprop.errors import UsageError
from clearprop.tables import read_table
from clearprop.tables.sinks import check_ending, open_sink
from clearprop.tables.sinks.delimited import inert

BLOCKS = [
    {
        "who": np.array(["007", "x,y"], dtype=object),
        "nr": np.array([1.5, np.nan]),
        "p": np.array([0.1, 0.2], dtype="f4"),
    },
    {"who": np.array(["é", None], dtype=object), "nr": np.array([2.0, -3.0]), "p": np.array([0.3, 0.4], dtype="f4")},
]


def written(name, blocks):
    file = io.BytesIO()
    with open_sink(name, file) as sink:
        for block in blocks:
            sink.write(block)
    return file.getvalue()


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl", "t.ndjson", "t.parquet", "t.pq"])
def test_blocks_read_back_as_one_table(tmp_path, name):
    (tmp_path / name).write_bytes(written(name, BLOCKS))
    table = read_table(tmp_path / name, kinds={"who": "category"})
    assert {column: cells.cells() for column, cells in table.columns.items()} == {
        "who": ["007", "x,y", "é", None],
        "nr": [1.5, None, 2.0, -3.0],
        "p": pytest.approx([0.1, 0.2, 0.3, 0.4]),
    }


def test_parquet_keeps_types(tmp_path):
    (tmp_path / "t.parquet").write_bytes(written("t.parquet", BLOCKS))
    found = pyarrow.parquet.read_table(tmp_path / "t.parquet")
    assert [(field.name, str(field.type)) for field in found.schema] == [
        ("who", "string"),
        ("nr", "double"),
        ("p", "float"),
    ]


# What CSV injection begins with, by OWASP: = + - @ and a tab or a carriage return before them.
@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_text_begins_a_formula(text):
    cell = np.array([text], dtype=object)
    (_, (found,)) = csv.reader(io.StringIO(written("t.csv", [{"a": cell}]).decode(), newline=""))
    assert found.startswith("'")
    assert json.loads(written("t.jsonl", [{"a": cell}]))["a"] == text


@pytest.mark.parametrize("text", ["-7", "+1.5e3", "-0,5", "a=b", "", "5 - 3", "-12%"])
def test_what_is_no_formula_stays(text):
    assert inert(text) == text


def test_names_of_columns_are_no_formulas_either():
    assert written("t.csv", [{"=x": np.array([1])}]) == b"'=x\n1\n"


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl"])
def test_no_escape_sequence_reaches_a_terminal(name):
    cell = np.array(["red \x1b[31m \x9b2J \x07"], dtype=object)
    data = written(name, [{"a\x1b[0m": cell}]).decode()
    assert not {"\x1b", "\x9b", "\x07"} & set(data)


def test_numbers_that_are_not_finite_are_null_in_json():
    cells = np.array([np.inf, np.nan, 1.0])
    assert [json.loads(line)["a"] for line in written("t.jsonl", [{"a": cells}]).splitlines()] == [None, None, 1.0]


def test_an_ending_without_a_format_is_refused():
    with pytest.raises(UsageError, match=r"--out p\.xlsx ends in '\.xlsx'; a table is written as \.csv, \.tsv"):
        check_ending("p.xlsx")
