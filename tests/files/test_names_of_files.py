"""A name that leads to no file is told of in the right words, through every door that takes one."""

from __future__ import annotations

import os
import re

import pytest

from clearprop import TableClassifier, load
from clearprop.errors import ClearpropError, ModelFileError, WriteError
from clearprop.files import load_checkpoint, load_model, write_atomically
from clearprop.fitting.checkpoints import CheckpointPlan, read_resumption
from clearprop.tables import read_table

READERS = {
    "read_table": read_table,
    "fit": lambda path: TableClassifier(n_epochs=1).fit(path),
    "load": load,
    "load_model": load_model,
    "load_checkpoint": load_checkpoint,
    "read_resumption": read_resumption,
}
NAMES = {
    "round.csv": "leads round in a circle",
    "nowhere.csv": "a symbolic link to gone.csv, which does not exist",
    "a\0b.csv": "holds the character NUL",
    "a\ud800.csv": "not valid Unicode",
    "x" * 300 + ".csv": "a longer name than the system takes",
    "file.csv/inside.csv": "file.csv is a file, not a folder",
}
NEVER_WRITTEN = [name for name in NAMES if name != "nowhere.csv"]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.symlink("circle.csv", "round.csv")
    os.symlink("round.csv", "circle.csv")
    os.symlink("gone.csv", "nowhere.csv")
    (tmp_path / "file.csv").write_text("a,b\n1,2\n")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_cannot_be_read_is_told_of(reader, name):
    if (reader, name) == ("read_resumption", "nowhere.csv"):
        return  # it names a folder; what is missing is the file in it
    with pytest.raises(ClearpropError, match=NAMES[name]) as refusal:
        READERS[reader](name)
    assert "Did you mean" not in str(refusal.value)
    assert len(str(refusal.value)) < 300
    str(refusal.value).encode()


@pytest.mark.parametrize("name", NEVER_WRITTEN)
def test_a_name_that_cannot_be_written_is_told_of(name):
    says = "The folder must exist" if name == "file.csv/inside.csv" else NAMES[name]
    with pytest.raises(WriteError, match=says):
        write_atomically(name, b"x")


def test_writing_to_a_link_to_nothing_makes_the_file_and_leaves_the_link(tmp_path):
    write_atomically("nowhere.csv", b"x")
    assert (tmp_path / "gone.csv").read_bytes() == b"x"
    assert os.path.islink("nowhere.csv")


def test_a_device_is_not_written():
    with pytest.raises(WriteError, match="not a regular file"):
        write_atomically("/dev/null", b"x")


@pytest.mark.parametrize("name", ["round.csv", "file.csv"])
def test_a_folder_of_checkpoints_that_cannot_be_is_told_of(tmp_path, name):
    with pytest.raises(WriteError, match="no checkpoints can be written"):
        TableClassifier(n_epochs=1).fit("iris", checkpoints=CheckpointPlan(tmp_path / name))


def test_a_hostile_file_cannot_make_a_long_message(tmp_path, monkeypatch):
    from clearprop.errors import UsageError
    from clearprop.files import _format

    def refuses(file):
        raise UsageError("begin " + "x" * 5000 + " do this.")

    monkeypatch.setattr(_format, "read_contents", refuses)
    with pytest.raises(ModelFileError) as refusal:
        load_model("file.csv")
    assert len(str(refusal.value)) <= 600
    assert re.fullmatch(r"file\.csv: begin x+ … x+ do this\.", str(refusal.value))
