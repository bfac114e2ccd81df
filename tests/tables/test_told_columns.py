"""Columns that options name: there they are, on disk and in memory; what a model was not to see need not be there."""

import pytest

from clearprop.errors import DataError
from clearprop.estimators import TableClassifier
from clearprop.tables import read_table, stream_table


@pytest.fixture
def path(tmp_path):
    rows = [f"{7 * k % 60},{k % 9},{k % 5},{'uv'[k % 2]}" for k in range(80)]
    (tmp_path / "t.csv").write_text("\n".join(["id,a,b,y", *rows]) + "\n")
    return tmp_path / "t.csv"


@pytest.mark.parametrize("told", [{"drop": ["id"]}, {"only": ["a", "b", "y"]}])
def test_a_table_on_disk_has_the_columns_that_one_in_memory_has(path, told):
    with stream_table(path, **told) as streamed:
        assert streamed.names == read_table(path, **told).names == ("a", "b", "y")
        assert streamed.take([3]).names == ("a", "b", "y")


@pytest.mark.parametrize("told", [{"drop": ["id"]}, {"only": ["a", "b", "y"]}])
def test_rows_to_predict_need_not_have_what_the_model_was_not_to_see(path, told):
    model = TableClassifier("y", n_epochs=1, reading=told).fit(path)
    without = {"a": [1, 2], "b": [3, 4]}
    assert model.schema_.names == ("a", "b")
    assert len(model.predict(without)) == 2
    assert len(model.predict({"id": [1, 2], **without})) == 2


@pytest.mark.parametrize("told", [{"drop": ["ib"]}, {"only": ["ib"]}, {"kinds": {"ib": "number"}}])
def test_a_name_that_no_column_has_is_refused_wherever_it_stands(path, told):
    with pytest.raises(DataError, match=r'no column "ib"'):
        read_table(path, **told)
    with pytest.raises(DataError, match=r'no column "ib"'):
        stream_table(path, **told)


def test_kinds_of_a_model_may_be_of_columns_that_are_not_there(path):
    model = TableClassifier("y", n_epochs=1).fit(path)
    assert read_table({"a": [1], "b": [2]}, kinds=model.schema_.kinds).names == ("a", "b")


def test_records_of_json_are_read_whatever_the_name_says(tmp_path):
    for name, text in {"a.csv": '[{"u": 1, "v": "x"},\n {"u": 2, "v": "y"}]', "b.txt": '{"u": 1, "v": "x"}\n'}.items():
        (tmp_path / name).write_text(text)
        assert read_table(tmp_path / name).names == ("u", "v")


def test_labels_with_digits_in_groups_are_said_to_look_like_numbers(tmp_path):
    cells = ["1_000", "2_000", "3_500"] * 3
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{k},{cell}\n" for k, cell in enumerate(cells)))
    table = read_table(tmp_path / "t.csv")
    assert table.column("b").kind == "category"
    assert any('Column "b" looks like numbers' in note and "--kind" in note for note in table.notes)


def test_clocks_with_and_without_seconds_are_one_column_of_times(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n0,1:30\n1,2:45:10\n2,0:10\n3,3:20\n")
    column = read_table(tmp_path / "t.csv").column("b")
    assert (column.kind, column.values[1] - column.values[0]) == ("date", 75 * 60 + 10)
