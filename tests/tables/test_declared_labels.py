"""What a file declares is asked: labels of SPSS, periods of Stata, the index in pandas' JSON, dates of ARFF."""

from datetime import date, datetime

import pandas as pd
import pyreadstat
import pytest

from clearprop.tables import read_table, stream_table


def spss(tmp_path, cells, labels, **more):
    path = tmp_path / "t.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"c": cells, "k": range(len(cells))}), path, variable_value_labels={"c": labels}, **more
    )
    return read_table(path)


def test_labels_that_look_like_missing_cells_or_numbers_are_labels_all_the_same(tmp_path):
    assert spss(tmp_path, [1, 2, 3], {1: "None", 2: "1", 3: "NA"}).column("c").cells() == ["None", "1", "NA"]
    assert spss(tmp_path, [1, 2, 1], {1: "12", 2: "13"}).column("c").kind == "category"
    table = spss(tmp_path, [1, 2, 9], {1: "None", 2: "some", 9: "no answer"}, missing_ranges={"c": [9]})
    assert table.column("c").cells() == ["None", "some", None]


def test_values_that_share_a_label_are_kept_apart_and_said(tmp_path):
    table = spss(tmp_path, [1, 2, 3], {1: "other", 2: "other", 3: "x"})
    assert table.column("c").cells() == ["other (1)", "other (2)", "x"]
    assert [note for note in table.notes if '"other (1)", "other (2)"' in note and "recode" in note]


def test_a_label_of_blanks_is_none(tmp_path):
    table = spss(tmp_path, [1, 2, 3], {1: "low", 2: " ", 3: "high"})
    assert table.column("c").cells() == [1, 2, 3]
    assert [note for note in table.notes if '"low", "high"' in note and "--na 1" in note]


@pytest.mark.parametrize(
    ("periods", "cells", "first_days"),
    [
        ("tm", ["2020-01-31", "2021-03-05"], [date(2020, 1, 1), date(2021, 3, 1)]),
        ("tq", ["2020-01-31", "2021-05-05"], [date(2020, 1, 1), date(2021, 4, 1)]),
        ("th", ["2020-01-31", "1959-08-05"], [date(2020, 1, 1), date(1959, 7, 1)]),
        ("tw", ["2020-01-01", "2021-01-09"], [date(2020, 1, 1), date(2021, 1, 8)]),
    ],
)
def test_periods_of_stata_are_their_first_days(tmp_path, periods, cells, first_days):
    frame = pd.DataFrame({"t": pd.to_datetime(cells), "k": [1.5, 2.5]})
    frame.to_stata(tmp_path / "t.dta", write_index=False, convert_dates={"t": periods})
    found = read_table(tmp_path / "t.dta").column("t")
    assert (found.kind, [cell.date() for cell in found.cells()]) == ("date", first_days)


def test_the_index_that_a_json_table_declares_is_no_feature(tmp_path):
    frame = pd.DataFrame({"a": [1, 2, 3], "b": list("xyz")}).sample(frac=1, random_state=1)
    frame.to_json(tmp_path / "t.json", orient="table")
    table = read_table(tmp_path / "t.json")
    assert table.names == ("a", "b")
    assert [note for note in table.notes if "--keep index" in note]
    assert read_table(tmp_path / "t.json", keep=["index"]).names == ("index", "a", "b")


def test_an_object_of_named_rows_is_said_to_be_read_by_columns(tmp_path):
    pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=["r1", "r2"]).to_json(tmp_path / "t.json", orient="index")
    table = read_table(tmp_path / "t.json")
    assert table.names == ("r1", "r2")
    assert [note for note in table.notes if 'the inner ones ("a", "b")' in note]


ARFF = "@relation r\n@attribute c date {}\n@attribute k integer[0,5]\n@data\n'{}',1\n'{}',3\n"


@pytest.mark.parametrize(
    ("format", "cells", "moments"),
    [
        (
            "\"yyyy-MM-dd'T'HH:mm:ss.SSS\"", ("2020-01-31T12:30:00.250", "2020-01-31T12:30:00.500"),
            [datetime(2020, 1, 31, 12, 30, 0, 250000), datetime(2020, 1, 31, 12, 30, 0, 500000)],
        ),
        (
            "\"yyyy-MM-dd'T'HH:mm:ssXXX\"", ("2020-01-31T12:30:00+02:00", "2020-01-31T12:30:00Z"),
            [datetime(2020, 1, 31, 10, 30), datetime(2020, 1, 31, 12, 30)],
        ),
    ],
)  # fmt: skip
def test_fractions_and_zones_in_dates_of_arff_are_read(tmp_path, format, cells, moments):
    (tmp_path / "t.arff").write_text(ARFF.format(format, *cells))
    assert read_table(tmp_path / "t.arff").column("c").cells() == moments


def test_a_moment_without_a_zone_is_not_given_that_of_the_row_before(tmp_path):
    cells = ["1/31/2020 12:30 +02:00", "1/31/2020", "1/31/2020 12:30Z", "1/31/2020 12:30 +05:00", "1/31/2020 12:30"]
    (tmp_path / "t.csv").write_text("c,k\n" + "".join(f"{cell},{k}\n" for k, cell in enumerate(cells)))
    hours = [cell.hour for cell in read_table(tmp_path / "t.csv").column("c").cells()]
    assert hours == [10, 0, 12, 7, 12]


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "feather", "xlsx"])
@pytest.mark.parametrize("numbers", [[1, -999, 3], [1.5, -999.0, 3.5]])
def test_a_number_that_stands_for_missing_is_missing_in_whatever_file(tmp_path, ending, numbers):
    frame, path = pd.DataFrame({"c": numbers, "k": [1, 2, 3]}), tmp_path / f"t.{ending}"
    wanted = [numbers[0], None, numbers[2]]
    write = {
        "csv": lambda: frame.to_csv(path, index=False), "parquet": lambda: frame.to_parquet(path),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True), "feather": lambda: frame.to_feather(path),
        "xlsx": lambda: frame.to_excel(path, index=False),
    }  # fmt: skip
    write[ending]()
    assert read_table(frame, na=["-999"]).column("c").cells() == wanted
    assert read_table(path, na=["-999"]).column("c").cells() == wanted
    if ending in ("csv", "parquet"):
        with stream_table(path, na=["-999"]) as streamed:
            assert streamed.column("c").cells() == wanted
