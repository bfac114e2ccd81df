"""Quarantine: bad rows go to a file of rejects, are counted, and are never just skipped."""

import csv

import pytest

from clearprop.errors import DataError, UsageError, WriteError
from clearprop.tables import read_table, stream_table

TEXT = 'a,b\n1,2\n3,x\n5\n"6",7\n7,8\n9,"unclosed\n'


@pytest.fixture
def dirty(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text(TEXT)
    return path


def test_every_kind_of_bad_row_is_set_aside_with_its_reason(dirty, tmp_path):
    rejects = tmp_path / "model.rejects.csv"
    table = read_table(dirty, bad_rows="quarantine", max_bad=0.9, rejects=rejects)
    assert table.column("a").cells() == [1, 6, 7]
    assert (table.n_rejected, table.rejects) == (3, str(rejects))
    with rejects.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["line", "reason", "text"],
            ["3", 'column "b": "x" is not a number', "3,x"],
            ["4", "1 field, expected 2", "5"],
            ["7", "the quotes do not close properly (unexpected end of data)", '9,"unclosed'],
        ]


def test_rows_that_are_left_keep_their_lines(dirty, tmp_path):
    table = read_table(dirty, bad_rows="quarantine", max_bad=0.9, rejects=tmp_path / "r.csv")
    assert [table.where(row) for row in range(3)] == ["train.csv:2", "train.csv:5", "train.csv:6"]


def test_too_many_bad_rows_are_an_error_and_write_nothing(dirty, tmp_path):
    rejects = tmp_path / "r.csv"
    with pytest.raises(DataError, match=r"3 bad rows among 6 of train.csv: 50.00%, more than the 0.10%.*train.csv:3"):
        read_table(dirty, bad_rows="quarantine", rejects=rejects)
    assert not rejects.exists()


def test_the_default_share_lets_one_row_in_a_thousand_through(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 1500 + "3\n" + "x,2\n" + "1,2\n" * 500)
    table = read_table(path, bad_rows="quarantine", rejects=tmp_path / "r.csv")
    assert (table.n_rows, table.n_rejected) == (2000, 2)


def test_a_sound_file_writes_no_rejects(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    rejects = tmp_path / "r.csv"
    table = read_table(path, bad_rows="quarantine", rejects=rejects)
    assert (table.n_rejected, table.rejects, rejects.exists()) == (0, None, False)


def test_rows_of_a_frame_are_set_aside_by_number(tmp_path):
    rejects = tmp_path / "r.csv"
    columns = {"a": ["1"] * 40 + ["x"] + ["2"] * 9, "b": list(range(50))}
    table = read_table(columns, bad_rows="quarantine", max_bad=0.1, rejects=rejects)
    assert (table.n_rows, table.n_rejected) == (49, 1)
    assert table.where(40) == "dict, row 41"
    assert rejects.read_text().splitlines()[1].startswith("40,")


@pytest.mark.parametrize("read", [read_table, stream_table])
def test_rejects_are_never_written_over_the_file_that_is_read(dirty, read):
    with pytest.raises(UsageError, match=r"cannot be written over train\.csv"):
        read(dirty, bad_rows="quarantine", max_bad=0.9, rejects=dirty)
    assert dirty.read_text() == TEXT


def test_rejects_that_cannot_be_written_are_one_clear_line(dirty, tmp_path):
    with pytest.raises(WriteError, match=r"the rejects could not be written to .*: No such file or directory"):
        read_table(dirty, bad_rows="quarantine", max_bad=0.9, rejects=tmp_path / "nowhere" / "r.csv")
