"""Cells that could be read otherwise are read rightly, or a note says how they were read and what changes it."""

import pytest

from clearprop import TableClassifier
from clearprop.errors import DataError
from clearprop.tables import read_table


def written(folder, cells, n=42):
    path = folder / "t.csv"
    path.write_text("v,k\n" + "".join(f'"{cells[i % len(cells)]}",{i % 7}\n' for i in range(n)))
    return path


READ = {
    "lakhs": (["1,23,456", "12,34,567", "1,000"], [123456, 1234567, 1000]),
    "missing as C writes it": (["1.#QNAN", "1", "2", "3", "4", "5", "6"], [None, 1, 2]),
}


@pytest.mark.parametrize("name", READ)
def test_numbers_of_other_habits_are_numbers(tmp_path, name):
    cells, numbers = READ[name]
    assert read_table(written(tmp_path, cells)).column("v").cells()[:3] == numbers


SAID = {
    "a limit": (["<0.01", "0.5", "1.2", "0.7", "3", "0.9", "4"], "limit itself"),
    "brackets": (["(1,234)", "(5)", "12"], "negative"),
    "a minus behind": (["5-", "12-", "7"], "negative"),
    "three decimals beside whole numbers": (["3.753", "182", "1.204"], "--decimal , reads it as 3753"),
}


@pytest.mark.parametrize("name", SAID)
def test_what_a_sign_was_taken_for_is_said(tmp_path, name):
    cells, words = SAID[name]
    table = read_table(written(tmp_path, cells))
    assert table.column("v").kind == "number"
    assert [words in note and '"v"' in note for note in table.notes] == [True]


@pytest.mark.parametrize(
    "cells",
    [["5±1", "6±2", "7±1"], ["5 kg", "600 g", "7.5 kg"], ["1/2", "3/4", "1/4"], ["1.2×10^3", "3.4×10^5", "5×10^2"],
     ["0x1F", "0x2A", "0x00"], ["١٢", "٣٤", "٥٦"], ["1.2D+03", "3.4D-01", "5.6D+00"], ["1h 30m", "2h", "45m"]],
)  # fmt: skip
def test_labels_that_look_like_numbers_are_told_of(tmp_path, cells):
    table = read_table(written(tmp_path, cells))
    assert table.column("v").kind == "category"
    assert [note for note in table.notes if "looks like numbers" in note and '--kind "v=number"' in note] != []


def test_names_with_digits_in_them_are_no_numbers_and_need_no_word(tmp_path):
    for cells in (["A12", "B13", "C14"], ["1-5", "6-10", "11-15"], ["555-1234", "555-9999", "555-0000"]):
        assert read_table(written(tmp_path, cells)).notes == ()


def test_classes_of_more_digits_than_a_number_has_stay_text(tmp_path):
    cells = ["0.12345678901234567890", "0.12345678901234567891"]
    assert read_table(written(tmp_path, cells), target="v").classes.labels == tuple(cells)
    assert read_table(written(tmp_path, ["1.10", "1.1", "2"]), target="v").classes.labels == (1.1, 2.0)


def test_a_target_of_words_for_missing_cells_is_refused_until_labels_are_asked_for(tmp_path):
    path = written(tmp_path, ["?", "NA"])
    quick = {"hidden": (4,), "n_epochs": 2, "random_state": 0}
    with pytest.raises(DataError, match='--kind "v=category"'):
        TableClassifier("v", **quick).fit(str(path))
    model = TableClassifier("v", reading={"kinds": {"v": "category"}}, **quick).fit(str(path))
    assert model.classes_.tolist() == ["?", "NA"]
    assert model.evaluate(str(path)).n_rows == 42
