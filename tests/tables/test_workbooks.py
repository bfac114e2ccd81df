"""What a workbook says beside its values counts: row names, merged cells, units, hidden sheets, formulas unreckoned."""

import numpy as np
import openpyxl
import pandas as pd
import pytest

from clearprop.errors import DataError
from clearprop.estimators import TableClassifier
from clearprop.tables import read_table


@pytest.fixture
def book(tmp_path):
    """Return a function that writes rows into a workbook, lets another change it, and reads it as a table."""

    def read(rows, change=lambda workbook: None, **options):
        workbook = openpyxl.Workbook()
        for row in rows:
            workbook.active.append(row)
        change(workbook)
        workbook.save(tmp_path / "t.xlsx")
        return read_table(tmp_path / "t.xlsx", **options)

    return read


def test_the_index_that_pandas_writes_is_no_feature_and_cannot_tell_the_class(tmp_path):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(150, 2)), columns=["u", "v"])
    frame["y"] = np.repeat(["x", "y", "z"], 50)
    frame.sample(frac=1, random_state=1).to_excel(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert table.names == ("u", "v", "y")
    assert [note for note in table.notes if "--keep column_1" in note]
    assert read_table(tmp_path / "t.xlsx", keep=["column_1"]).names[0] == "column_1"
    model = TableClassifier("y", n_epochs=1).fit(tmp_path / "t.xlsx")
    assert [column.name for column in model.schema_.columns] == ["u", "v"]


@pytest.mark.parametrize("ending", ["parquet", "feather", "jsonl", "xlsx"])
def test_an_index_that_went_through_csv_is_no_feature_in_whatever_file(tmp_path, ending):
    frame = pd.DataFrame({"Unnamed: 0": [2, 0, 1], "u": [1.0, 2.0, 3.0], "v": [3.0, 4.0, 9.0]})
    path = tmp_path / f"t.{ending}"
    if ending == "xlsx":
        frame.to_excel(path, index=False)
    elif ending == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        getattr(frame, f"to_{ending}")(path)
    table = read_table(path)
    assert table.names == ("u", "v")
    assert [note for note in table.notes if "--keep 'Unnamed: 0'" in note]
    assert read_table(path, keep=["Unnamed: 0"]).names[0] == "Unnamed: 0"


def test_a_first_row_of_data_is_not_lost_as_names(book):
    table = book([(1.5, "x", 3), (2.5, "y", 4), (3.5, "z", 5)])
    assert (table.names, table.n_rows) == (("column_1", "column_2", "column_3"), 3)
    called = 'the columns are called "column_1" to "column_3"'
    assert table.notes == (f"The first row is data, not names; {called}; --header takes it for names.",)
    assert book([(1.5, "x", 3), (2.5, "y", 4)], header=True).names == ("1.5", "x", "3")
    assert book([(2019, 2020, 2021), (1, 2, 3), (2, 3, 4)]).names == ("2019", "2020", "2021")


def test_a_row_of_units_below_the_names_is_left_out_and_said(book):
    table = book([("a", "b"), ("kg", "m"), (1, 2), (2, 3), (3, 4), (4, 5)])
    assert table.column("a").cells() == [1, 2, 3, 4]
    assert [note for note in table.notes if "units (kg, m)" in note and "--header" in note]
    assert table.where(0) == "t.xlsx:3"


def test_merged_cells_count_for_each_of_their_rows(book):
    rows = [("Title", None), ("group", "v"), ("x", 1), (None, 2), (None, 3), ("y", 4), (None, 5), ("z", 6)]

    def merge(workbook):
        for cells in ("A1:B1", "A3:A5", "A6:A7"):
            workbook.active.merge_cells(cells)

    table = book(rows, merge)
    assert table.column("group").cells() == ["x", "x", "x", "y", "y", "z"]
    assert [note for note in table.notes if note.startswith("3 cells that are merged")]
    assert book(rows).column("group").cells() == ["x", None, None, "y", None, "z"]


def test_formulas_without_a_stored_value_are_said(book):
    table = book([("a", "b"), (1, "=A2*2"), (2, "=A3*2"), (3, 5)])
    assert table.column("b").cells() == [None, None, 5]
    assert [note for note in table.notes if note.startswith('2 formulas of sheet "Sheet" without a stored value')]


def test_a_hidden_sheet_is_not_the_first_and_the_others_are_named_with_the_option(book):
    def hide(workbook):
        workbook.active.sheet_state = "hidden"
        other = workbook.create_sheet("shown")
        for row in (("c", "d"), (1, 2), (3, 4)):
            other.append(row)
        workbook.active = 1

    table = book([("a", "b"), (1, 2)], hide)
    assert table.names == ("c", "d")
    assert table.notes == ('Sheet "shown" of t.xlsx was read; --sheet chooses another: "Sheet".',)
    assert book([("a", "b"), (1, 2)], hide, sheet="Sheet").names == ("a", "b")


def test_a_sheet_without_rows_is_refused_with_the_names_of_the_others(book):
    def add(workbook):
        workbook.create_sheet("data").append(("c", "d"))

    with pytest.raises(DataError, match=r'--sheet chooses another: "data"'):
        book([("Report",)], add)
