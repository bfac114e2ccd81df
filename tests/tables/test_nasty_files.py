"""Small nasty files: each is read right, or refused in one line that says where and what to do."""

import gzip

import numpy as np
import pytest

from clearprop.errors import DataError, UsageError
from clearprop.tables import read_table

MANY = "".join(f"{i},{i % 7}\n" for i in range(3000))

JANUARY_AND_FEBRUARY = [np.datetime64("2020-01-31"), np.datetime64("2020-02-01")]

READ = {
    "plain": ("a,b\n1,2\n3,4\n", {"a": [1, 3], "b": [2, 4]}),
    "no line end at the end": ("a,b\n1,2", {"a": [1], "b": [2]}),
    "windows line ends": ("a,b\r\n1,2\r\n", {"a": [1], "b": [2]}),
    "old macintosh line ends": ("a,b\r1,2\r3,4\r", {"a": [1, 3], "b": [2, 4]}),
    "mixed line ends": ("a,b\n1,2\r\n3,4\n", {"a": [1, 3], "b": [2, 4]}),
    "blank lines at the start": ("\n\na,b\n1,2\n", {"a": [1], "b": [2]}),
    "blank lines inside": ("a,b\n1,2\n\n3,4\n\n", {"a": [1, 3], "b": [2, 4]}),
    "semicolons and decimal commas": ("a;b\n1,5;2\n2,5;3\n", {"a": [1.5, 2.5], "b": [2, 3]}),
    "dots for thousands": ("a;b\n1.234,5;2\n2,5;3\n", {"a": [1234.5, 2.5], "b": [2, 3]}),
    "commas for thousands": ('a,b\n"1,234.5",2\n"2",3\n', {"a": [1234.5, 2], "b": [2, 3]}),
    "bars": ("a|b\n1|x\n2|y\n", {"a": [1, 2], "b": ["x", "y"]}),
    "tabs": ("a\tb\n1\tx\n2\ty\n", {"a": [1, 2], "b": ["x", "y"]}),
    "spaces around cells": ("a , b\n 1 , x \n 2, y\n", {"a": [1, 2], "b": ["x", "y"]}),
    "a space before a quote": ('a,b\n1, "x, y"\n2,z\n', {"a": [1, 2], "b": ["x, y", "z"]}),
    "a delimiter inside quotes": ('a,b\n1,"x, y"\n2,z\n', {"a": [1, 2], "b": ["x, y", "z"]}),
    "a line end inside quotes": ('a,b\n1,"x\ny"\n2,z\n', {"a": [1, 2], "b": ["x\ny", "z"]}),
    "doubled quotes": ('a,b\n1,"he said ""hi"""\n2,z\n', {"a": [1, 2], "b": ['he said "hi"', "z"]}),
    "quoted names": ('"a b","c,d"\n1,2\n', {"a b": [1], "c,d": [2]}),
    "a line end in a name": ('"a\nb",c\n1,2\n', {"a\nb": [1], "c": [2]}),
    "names twice": ("a,a,a_2\n1,2,3\n", {"a": [1], "a_3": [2], "a_2": [3]}),
    "empty names": ("a,,\n1,2,3\n", {"a": [1], "column_2": [2], "column_3": [3]}),
    "no header": ("1,2\n3,4\n", {"column_1": [1, 3], "column_2": [2, 4]}),
    "a delimiter at each line's end": ("a,b\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}),
    "one column": ("a\n1\n2\n", {"a": [1, 2]}),
    "one column with a gap": ("a\n1\n\n2\n", {"a": [1, 2]}),
    "rows of nothing": ("a,b\n1,2\n,\n3,4\n", {"a": [1, 3], "b": [2, 4]}),
    "spellings of missing": ("a,b\n1,NA\n,z\nnan,x\n?,y\n", {"a": [1, None, None, None], "b": [None, "z", "x", "y"]}),
    "a byte order mark": ("\ufeffa,b\n1,2\n", {"a": [1], "b": [2]}),
    "signs and exponents": ("a,b\n+1.5e3,-.5\n1E-2,5.\n", {"a": [1500, 0.01], "b": [-0.5, 5]}),
    "numbers beyond 64 bits": ("a,b\n1000000000000000000000,1\n2,3\n", {"a": [10**21, 2]}),
    "words that are mostly numbers of a kind": ("t,b\nA1,1\n7,2\n8,3\nB2,4\n", {"t": ["A1", "7", "8", "B2"]}),
    "leading zeros are numbers": ("a,b\n01,1\n02,2\n", {"a": [1, 2]}),
    "dates": ("d,b\n2020-01-31,1\n2020-02-01,2\n", {"d": JANUARY_AND_FEBRUARY}),
    "days before months": ("d,b\n31/01/2020,1\n01/02/2020,2\n", {"d": JANUARY_AND_FEBRUARY}),
    "months before days": ("d,b\n01/31/20,1\n02/01/20,2\n", {"d": JANUARY_AND_FEBRUARY}),
    "dates with dots": ("d,b\n31.01.2020,1\n01.02.2020,2\n", {"d": JANUARY_AND_FEBRUARY}),
    "yes and no": ("a,b\nyes,1\nNo,2\nYES,3\n", {"a": ["yes", "No", "yes"]}),
    "a formula stays text": ("a,b\n=1+1,1\n@x,2\n", {"a": ["=1+1", "@x"]}),
    "a name that is SQL": ('"a""; DROP TABLE cells0; --",b\n1,2\n', {'a"; DROP TABLE cells0; --': [1], "b": [2]}),
}  # fmt: skip


def cells(column):
    if column.kind == "date":
        return list(column.values.astype("datetime64[s]"))
    return column.cells()


@pytest.mark.parametrize("name", READ)
def test_read_right(tmp_path, name):
    text, expected = READ[name]
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    table = read_table(path)
    assert {column: cells(table.column(column)) for column in expected} == expected
    assert set(expected) <= set(table.names)


REFUSED = {
    "nothing at all": (b"", "t.csv is empty"),
    "blank lines only": (b"\n\n\n", "t.csv is empty"),
    "a header only": (b"a,b\n", "no rows"),
    "a NUL byte": (b"a,b\n1,2\n3,\x00\n", "t.csv:3 holds a NUL byte"),
    "a line too long": (b"a,b\n1,2\n1,2,3\n", "t.csv:3: 3 fields, expected 2"),
    "a line too short": (b"a,b\n1,2\n\n1\n", "t.csv:4: 1 field, expected 2"),
    "a quote that never closes": (b'a,b\n1,"x\n2,y\n', "t.csv:2: the quotes do not close"),
    "text after a quote": (b'a,b\n1,"x"y\n2,y\n', "t.csv:2: the quotes do not close"),
    "a word among numbers": (b"a,b\n1,2\n4O,3\n5,6\n", 't.csv:3, column "a": "4O" is not a number. Fix the cell'),
    "a word after a line end in quotes": (b'b,a\n"x\ny",1\nz,4O\nu,5\n', 't.csv:4, column "a": "4O" is not a number'),
    "a word late in the file": (("a,b\n" + MANY + "4O,1\n").encode(), 't.csv:3002, column "a": "4O"'),
    "a date that is none": (b"d,b\n2020-01-01,1\n2020-13-01,2\n2020-02-01,3\n", '"2020-13-01" is not a date'),
    "a word that needs quotes": (b"a,b\n1,2\nno idea,3\n5,6\n", 'pass --na "no idea"'),
    "a zip archive": (b"PK\x03\x04rest", "a zip archive"),
    "a PDF": (b"%PDF-1.7", "PDF"),
    "a pickle": (b"\x80\x04\x95\x10\x00", "a Python pickle"),
    "what a server says of a missing file": (b"<!doctype html><p>404</p>", "a page of HTML"),
    "a damaged gzip file": (gzip.compress(b"a,b\n1,2\n" * 999)[:40], "cannot be decompressed"),
    "bytes that are no gzip file after all": (b"\x1f\x8b\x08\x00damaged", "cannot be decompressed"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_line(tmp_path, name):
    content, expected = REFUSED[name]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_encodings(tmp_path, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes("name,x\nJosé,1\nÅsa,2\n".encode(encoding))
    table = read_table(path)
    assert table.column("name").cells() == ["José", "Åsa"]
    assert any("Latin-1" in note for note in table.notes) == (encoding == "latin-1")


def test_a_gzipped_file_is_read_whatever_it_is_called(tmp_path):
    path = tmp_path / "t.data"
    path.write_bytes(gzip.compress(b"a,b\n1,x\n2,4O\n"))
    assert read_table(path).column("b").cells() == ["x", "4O"]


def test_signs_that_mean_more_in_a_pattern_may_stand_in_a_file_name(tmp_path):
    for name, number in (("t[1].csv", 1), ("t*.csv", 2), ("t?.csv", 3), ("t'1.csv", 4)):
        (tmp_path / name).write_text(f"a,b\n{number},2\n")
    assert read_table(tmp_path / "t*.csv").column("a").cells() == [2]
    assert read_table(tmp_path / "t[1].csv").column("a").cells() == [1]
    assert read_table(tmp_path / "t?.csv").column("a").cells() == [3]
    assert read_table(tmp_path / "t'1.csv").column("a").cells() == [4]


def test_a_model_is_not_taken_for_a_table(tmp_path):
    (tmp_path / "m.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(DataError, match="called like a model, not like a table"):
        read_table(tmp_path / "m.safetensors")


def test_a_missing_file_is_named_with_its_nearest_neighbour(tmp_path):
    (tmp_path / "train.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match=r'no file .*trian\.csv. Did you mean "train\.csv"'):
        read_table(tmp_path / "trian.csv")
    with pytest.raises(DataError, match='Did you mean "digits"'):
        read_table("digit")
    with pytest.raises(DataError, match="no folder"):
        read_table(tmp_path / "nowhere" / "train.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)


def test_many_words_make_a_category_and_few_make_an_error(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,1\n" * 94 + "x,1\n" * 6)
    assert read_table(path).column("a").kind == "category"
    path.write_text("a,b\n" + "1,1\n" * 95 + "x,1\n" * 5)
    with pytest.raises(DataError, match=r't\.csv:97, column "a": "x"'):
        read_table(path)
    assert read_table(path, na=["x"]).column("a").missing.sum() == 5
    assert read_table(path, kinds={"a": "category"}).column("a").labels == ("1", "x")


def test_a_missing_number_may_be_spelled_as_a_number(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n-200,1\n3,2\n")
    assert read_table(path, na=["-200"]).column("a").cells() == [None, 3]


def test_a_date_that_can_be_read_two_ways_is_noted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("d,b\n01/02/2020,1\n03/04/2020,2\n")
    table = read_table(path)
    assert table.notes == (
        'Column "d" could be %m/%d/%Y or %d/%m/%Y; it was read as %m/%d/%Y; --dates day-first reads it the other way.',
    )
    forced = read_table(path, kinds={"d": "date:%d/%m/%Y"})
    assert forced.column("d").cells()[0].month == 2


def test_a_file_with_blanks_between_its_cells_can_be_read(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("a b\n1 x\nNA y\n")
    table = read_table(path, delimiter=" ")
    assert (table.column("a").cells(), table.column("b").cells()) == ([1, None], ["x", "y"])


def test_more_columns_than_one_query_takes(tmp_path):
    path = tmp_path / "t.csv"
    n = 600
    path.write_text(",".join(f"c{i}" for i in range(n)) + "\n" + (",".join(str(i) for i in range(n)) + "\n") * 3)
    table = read_table(path)
    assert [table.column(f"c{i}").cells() for i in (0, 299, 599)] == [[0] * 3, [299] * 3, [599] * 3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"decimal": ";"},
        {"delimiter": "::"},
        {"bad_rows": "skip"},
        {"max_bad": 2},
        {"kinds": {"a": "nombre"}},
        {"na": ['"']},
        {"na": "-9"},
    ],
)
def test_options_without_meaning_are_refused(tmp_path, wrong):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError):
        read_table(path, **wrong)
