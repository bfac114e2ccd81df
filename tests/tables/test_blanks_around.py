"""Blanks around a cell of a text file go, but for what they tell apart in a target; and NA among blanks is missing."""

import numpy as np
import pytest

from clearprop.estimators import TableClassifier
from clearprop.tables import read_table

BLANKS = "x,y\n" + "".join(f"{k},{(chr(34) + ' hi ' + chr(34), 'hi')[k % 2]}\n" for k in range(60))


def test_classes_that_differ_by_blanks_only_are_two_and_stay_so_in_a_file_of_one(tmp_path):
    (tmp_path / "t.csv").write_text(BLANKS)
    (tmp_path / "one.csv").write_text("x,y\n" + '3," hi "\n' * 20)
    model = TableClassifier("y", n_epochs=1).fit(tmp_path / "t.csv")
    assert model.classes_.tolist() == [" hi ", "hi"]
    assert [row["rows"] for row in model.evaluate(tmp_path / "one.csv").classes] == [20, 0]
    assert any("differ by the blanks" in note for note in read_table(tmp_path / "t.csv", target="y").notes)


@pytest.mark.parametrize("written", ["x, y\n", "x,y\n"])
def test_blanks_that_tell_nothing_apart_are_no_part_of_a_class(tmp_path, written):
    (tmp_path / "t.csv").write_text(written + "".join(f"{k},  {'ab'[k % 2]} \n" for k in range(9)))
    assert read_table(tmp_path / "t.csv", target="y").classes.labels == ("a", "b")


def test_a_spelling_of_a_missing_cell_may_stand_among_blanks(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{('   NA ', k)[k % 2]},{'uv'[k % 2]}\n" for k in range(9)))
    column = read_table(tmp_path / "t.csv").column("a")
    assert (column.kind, np.flatnonzero(column.missing).tolist()) == ("number", [0, 2, 4, 6, 8])


def test_a_target_of_nothing_but_words_for_missing_is_said(tmp_path):
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{k},{('None', '?')[k % 2]}\n" for k in range(9)))
    notes = read_table(tmp_path / "t.csv", target="y").notes
    assert [note for note in notes if '"None"' in note and '--kind "y=category" makes it a class' in note]
