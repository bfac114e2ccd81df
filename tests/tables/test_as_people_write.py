"""Numbers and moments as people and programs write them are read as they are meant, or something is said."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from clearprop.errors import DataError, UsageError
from clearprop.tables import read_table, stream_table
from clearprop.tables.sources.number_formats import NumberFormat


@pytest.fixture
def written(tmp_path):
    """Return a function that writes text into a file and reads it as a table."""

    def read(text, letters="utf-8", name="t.csv", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(letters))
        return read_table(path, **options)

    return read


def column(*cells):
    """Return a file of one column beside a counter, the cells in quotes."""
    return "c,k\n" + "".join(f'"{cell}",{k}\n' for k, cell in enumerate(cells))


NUMBERS = {
    "percent": (("18.34%", "5%", "0.5 %"), [18.34, 5, 0.5]),
    "dollars with thousands": (("$1,793.33", "$182.00", "-$5"), [1793.33, 182, -5]),
    "euros behind, commas for decimals": (("1.234,50 €", "3,10 €", "-7 €"), [1234.5, 3.1, -7]),
    "a currency's code": (("USD 12", "USD 1,250.75", "USD 3"), [12, 1250.75, 3]),
    "a unit": (("23.4 kmpl", "19.7 kmpl", "8 kmpl"), [23.4, 19.7, 8]),
    "brackets for a minus": (("(1,234)", "5", "12"), [-1234, 5, 12]),
    "a minus behind": (("5-", "6", "7.5"), [-5, 6, 7.5]),
    "a typeset minus": (("\u22125.5", "6", "7"), [-5.5, 6, 7]),
    "blanks for thousands": (("12 345,5", "1 000", "7"), [12345.5, 1000, 7]),
    "hard blanks for thousands": (("12\u00a0345", "1\u202f000", "7"), [12345, 1000, 7]),
    "apostrophes for thousands": (("12'345", "1\u2019000", "7"), [12345, 1000, 7]),
    "K and M": (("1.5K", "2M", "300"), [1500, 2e6, 300]),
    "below a limit": (("<0.01", "0.5", "0.7", "1.2", "3", "2"), [0.01, 0.5, 0.7, 1.2, 3, 2]),
    "prices without cents, in Switzerland": (("1'250.-", "12.-", "3.50"), [1250, 12, 3.5]),
    "prices without cents, with commas": (("1250,-", "12,--", "3,50"), [1250, 12, 3.5]),
    "ringgit": (("RM1,250.75", "RM12.50", "RM3.00"), [1250.75, 12.5, 3]),
    "rupees": (("Rs. 1,250", "Rs. 12", "Rs. 3"), [1250, 12, 3]),
    "dollars of Hong Kong": (("HK$1,250", "HK$12", "HK$3"), [1250, 12, 3]),
    "a currency known by its sign alone": (("₪1,250", "₪12", "₪3"), [1250, 12, 3]),
    "millions in words": (("$1.2 million", "$12 million", "$300 thousand"), [1.2e6, 12e6, 300e3]),
    "singular and plural": (("3 years", "4 years", "1 year"), [3, 4, 1]),
    "an open end": (("10+ years", *(f"{k} years" for k in range(2, 10)), "1 year"), [10, *range(2, 10), 1]),
    "square metres": (("100 m2", "1,250 m2", "90.5 m2"), [100, 1250, 90.5]),
    "decimal commas of three digits": (("0,126", "0,132", "0,640"), [0.126, 0.132, 0.64]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_in_another_dress_are_numbers(written, name):
    cells, values = NUMBERS[name]
    table = written(column(*cells))
    assert table.column("c").kind == "number"
    assert table.column("c").values.tolist() == pytest.approx(values)


@pytest.mark.parametrize("name", NUMBERS)
def test_and_are_read_so_again_by_the_kind_that_a_model_remembers(written, name):
    cells, values = NUMBERS[name]
    spec = written(column(*cells)).column("c").spec
    assert written(column(*cells), kinds={"c": spec}).column("c").values.tolist() == pytest.approx(values)
    assert str(NumberFormat.parse(spec.partition(":")[2])) == spec.partition(":")[2]


LABELS = {
    "underscores": ("1_2", "12", "1_20", "120"),
    "versions": ("1.0.0", "2.1.1", "3.2.2"),
    "names with numbers": ("A12", "B7", "C1"),
    "seats": ("12A", "12B", "3C"),
    "ranges": ("<50K", ">50K", "<50K"),
    "epochs": ("epoch", "infinity", "epoch"),
    "years of one digit": ("10-1-1", "10-1-2", "10-2-1"),
}


@pytest.mark.parametrize("odd", ["1o1", "2O3", "7x2", "5 a 3", "1e1e1", "3²"])
def test_a_cell_that_is_no_number_among_numbers_is_named(written, odd):
    with pytest.raises(DataError, match=f'"{odd}" is not a number'):
        written(column(*map(str, range(40)), odd))


@pytest.mark.parametrize("name", LABELS)
def test_what_only_looks_like_numbers_stays_text(written, name):
    assert written(column(*LABELS[name])).column("c").cells() == list(LABELS[name])


def test_a_sign_is_said_and_the_note_names_the_option_that_changes_it(written):
    table = written(column("5%", "6%", "7%"))
    assert any('--kind "c=category"' in note for note in table.notes)
    assert written(column("5%", "6%", "7%"), kinds={"c": "category"}).column("c").cells() == ["5%", "6%", "7%"]


def test_points_part_thousands_where_other_columns_have_decimal_commas(written):
    table = written("a;sales\n0,13;3.753\n-0,2;2.496\n1,7;182\n")
    assert table.column("sales").values.tolist() == [3753, 2496, 182]
    assert any("3.753 was read as 3753" in note for note in table.notes)
    told = written("a;sales\n0,13;3.753\n-0,2;2.496\n1,7;182\n", decimal=".")
    assert told.column("sales").values.tolist() == [3.753, 2.496, 182]


@pytest.mark.parametrize("more", ["", ";1.5" * 60])
def test_commas_part_thousands_where_other_columns_have_decimal_points(written, more):
    names = "sales;a" + "".join(f";k{k}" for k in range(len(more) // 4))
    table = written(f"{names}\n1,126;0.5{more}\n12,132;1.25{more}\n640;7.5{more}\n")
    assert table.column("sales").values.tolist() == [1126, 12132, 640]
    doubtful = written("sales;a\n1,126;5\n12,132;6\n640;7\n")
    assert doubtful.column("sales").values.tolist() == [1.126, 12.132, 640]
    assert any("--decimal ." in note for note in doubtful.notes)


def test_a_word_that_recurs_among_numbers_is_a_missing_cell_and_said(written):
    cells = ["NR"] * 3 + ["19.4", "52.7", "0", "3.1", "8"]
    table = written(column(*cells))
    assert table.column("c").missing.sum() == 3
    assert any('"NR" (3 cells)' in note and "--kind" in note for note in table.notes)
    again = written(column("NR", "7"), kinds={"c": table.column("c").spec})
    assert again.column("c").cells() == [None, 7]


@pytest.mark.parametrize("word", ["-", "n.a.", "\\N", ".", "#DIV/0!", "--", "(null)"])
def test_what_programs_write_for_missing_is_missing_among_numbers(written, word):
    assert written(column("1.5", word, "2.5", "3.5")).column("c").missing.tolist() == [False, True, False, False]


def test_a_number_far_from_all_others_is_suspected_to_mean_missing(written):
    table = written("c,k\n" + "".join(f"{value},{k}\n" for k, value in enumerate([-200] * 4 + list(range(1, 30)))))
    assert any("-200" in note and "--na -200" in note for note in table.notes)
    assert not written("c,k\n" + "".join(f"{value},{k}\n" for k, value in enumerate(range(-30, 30)))).notes


MOMENTS = {
    "m/d/yy": (("1/5/07", "12/31/98"), [datetime(2007, 1, 5), datetime(1998, 12, 31)]),
    "d/m/yy": (("31/1/07", "5/12/98"), [datetime(2007, 1, 31), datetime(1998, 12, 5)]),
    "d-m-yy": (("31-1-07", "5-12-98"), [datetime(2007, 1, 31), datetime(1998, 12, 5)]),
    "AM and PM": (
        ("01/31/2020 05:12:00 PM", "02/01/2020 12:00:00 AM"), [datetime(2020, 1, 31, 17, 12), datetime(2020, 2, 1)]
    ),
    "with and without a time": (("1/15/2020", "1/16/2020 13:00"), [datetime(2020, 1, 15), datetime(2020, 1, 16, 13)]),
    "European": (("15.1.2020", "16.1.2020 13:00"), [datetime(2020, 1, 15), datetime(2020, 1, 16, 13)]),
    "offsets": (
        ("2024-03-10T00:30:00+02:00", "2024-03-09T18:00:00-05:00"),
        [datetime(2024, 3, 9, 22, 30), datetime(2024, 3, 9, 23)],
    ),
    "UTC": (
        ("2024-03-10T00:30:00Z", "2024-03-09T18:00:00Z"), [datetime(2024, 3, 10, 0, 30), datetime(2024, 3, 9, 18)]
    ),
    "months by name": (("5 Jan 2020", "31 Dec 1999"), [datetime(2020, 1, 5), datetime(1999, 12, 31)]),
    "clocks with points": (("18.00.00", "23.30.00"), [datetime(1900, 1, 1, 18), datetime(1900, 1, 1, 23, 30)]),
    "clocks with fractions": (
        ("10:59:11.000000000", "10:59:12.25"),
        [datetime(1900, 1, 1, 10, 59, 11), datetime(1900, 1, 1, 10, 59, 12, 250000)],
    ),
    "months": (("2020-01", "2020-12"), [datetime(2020, 1, 1), datetime(2020, 12, 1)]),
    "months and years": (("12/2020", "1/1999"), [datetime(2020, 12, 1), datetime(1999, 1, 1)]),
    "months by name and years": (("Jan 2020", "Dec 1999"), [datetime(2020, 1, 1), datetime(1999, 12, 1)]),
    "as Excel shows months": (("Jan-20", "Dec-99"), [datetime(2020, 1, 1), datetime(1999, 12, 1)]),
    "weekdays": (("Fri, 31 Jan 2020", "Sat, 29 Feb 2020"), [datetime(2020, 1, 31), datetime(2020, 2, 29)]),
    "as e-mails have them": (
        ("Fri, 31 Jan 2020 12:30:00 +0200", "Sat, 29 Feb 2020 12:30:00 -0500"),
        [datetime(2020, 1, 31, 10, 30), datetime(2020, 2, 29, 17, 30)],
    ),
    "as web servers log them": (
        ("31/Jan/2020:12:30:00 +0200", "29/Feb/2020:12:30:00 +0000"),
        [datetime(2020, 1, 31, 10, 30), datetime(2020, 2, 29, 12, 30)],
    ),
    "ISO in one piece": (
        ("20200131T120000Z", "20200229T153000Z"), [datetime(2020, 1, 31, 12), datetime(2020, 2, 29, 15, 30)]
    ),
    "a blank before the offset": (
        ("2020-01-31 12:00:00 +0200", "2020-02-29 12:00:00 -05:00"),
        [datetime(2020, 1, 31, 10), datetime(2020, 2, 29, 17)],
    ),
    "an offset behind European dates": (
        ("31.1.2020 12:00 +02:00", "29.2.2020 12:00 -05:00"), [datetime(2020, 1, 31, 10), datetime(2020, 2, 29, 17)]
    ),
    "zones by name": (
        ("2020-01-31 12:00:00 CET", "2020-02-29 12:00:00 EST"), [datetime(2020, 1, 31, 11), datetime(2020, 2, 29, 17)]
    ),
    "decimal commas in seconds": (
        ("2020-01-31 12:00:00,250", "2020-02-29 12:00:00,5"),
        [datetime(2020, 1, 31, 12, 0, 0, 250000), datetime(2020, 2, 29, 12, 0, 0, 500000)],
    ),
    "AM behind ISO": (
        ("2020-01-31 1:00 PM", "2020-02-29 12:30 AM"), [datetime(2020, 1, 31, 13), datetime(2020, 2, 29, 0, 30)]
    ),
    "a comma before the time": (
        ("31/01/2020, 12:00", "29/02/2020, 13:00"), [datetime(2020, 1, 31, 12), datetime(2020, 2, 29, 13)]
    ),
    "before 1970": (("1969-12-31", "1850-06-01"), [datetime(1969, 12, 31), datetime(1850, 6, 1)]),
}  # fmt: skip


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_are_dates(written, name):
    cells, moments = MOMENTS[name]
    found = written(column(*cells)).column("c")
    assert (found.kind, found.cells()) == ("date", moments)
    assert written(column(*cells), kinds={"c": found.spec}).column("c").cells() == moments


@pytest.mark.parametrize(
    "cells",
    [
        ("31. Januar 2020", "29. Februar 2020", "1. Mai 2020"), ("31 janvier 2020", "29 février 2020"),
        ("1st January 2020", "2nd May 2020"), ("2020Q1", "2020Q4"), ("Q1 2020", "Q4 2020"), ("2020-W01", "2020-W52"),
        ("25:05", "2:30", "102:59"), ("Fri Jan 31 12:30:00 2020", "Sat Feb 29 12:30:00 2020"), ("20-Jan", "20-Dec"),
        ("31/01/2020 1:00 a.m.", "29/02/2020 1:00 p.m."),
    ],
)  # fmt: skip
def test_moments_that_stay_labels_are_said_with_how_to_write_them(written, cells):
    table = written(column(*cells))
    assert table.column("c").kind == "category"
    (note,) = table.notes
    assert "looks like moments" in note
    assert '--kind "c=date:' in note


def test_a_month_is_read_as_its_first_day_and_said(written):
    assert any('--kind "c=category"' in note for note in written(column("2020-01", "2020-12")).notes)


def test_a_season_of_two_years_is_no_month(written):
    assert written(column("2009-10", "2010-11", "2011-12")).column("c").kind == "category"


def test_points_that_can_only_part_thousands_are_not_doubted(written):
    assert written(column("1.234.567", "12.345", "3")).notes == ()


def test_the_order_of_day_and_month_can_be_told(written):
    cells = column("3/4/2020", "5/6/2020")
    assert written(cells).column("c").cells()[0] == datetime(2020, 3, 4)
    assert written(cells, dates="day-first").column("c").cells()[0] == datetime(2020, 4, 3)
    assert any("--dates day-first" in note for note in written(cells).notes)
    with pytest.raises(UsageError, match="day-first"):
        written(cells, dates="month")


PLAIN = "a,b,y\n1.5,x,2\n2.5,z,3\n3.5,x,4\n4.5,z,5\n"
ABOVE = {
    "sep=": "sep=;\n" + PLAIN.replace(",", ";"),
    "comments": "# exported by a tool\n# units: SI\n" + PLAIN,
    "a title": "Sales of the year\n\n" + PLAIN,
    "a title and an empty record": "Sales,,\n,,\n" + PLAIN,
    "units below the names": PLAIN.replace("y\n", "y\n(m/s),,kg\n", 1),
    "blanks between the cells": "  a   b  y\n 1.5  x  2\n 2.5  z  3\n 3.5  x  4\n 4.5  z  5\n",
    "tabs and blanks": PLAIN.replace(",", " \t "),
}


@pytest.mark.parametrize("name", ABOVE)
def test_what_stands_above_the_names_is_no_row(written, name):
    table = written(ABOVE[name])
    assert table.names == ("a", "b", "y")
    assert table.column("a").values.tolist() == [1.5, 2.5, 3.5, 4.5]
    assert table.column("b").cells() == ["x", "z", "x", "z"]


@pytest.mark.parametrize("name", [name for name in ABOVE if "blanks" not in name and "units" not in name])
def test_places_count_the_lines_of_the_file(written, name):
    text = ABOVE[name].replace("3.5", "oops")
    line = text.splitlines().index(next(row for row in text.splitlines() if "oops" in row)) + 1
    with pytest.raises(DataError, match=rf't\.csv:{line}, column "a": "oops"'):
        written(text)


@pytest.mark.parametrize(
    "text",
    ["0.3,2.1,setosa\n0.8,2.8,virginica\n0.3,5.6,setosa\n", "1,null,0\n2,0,1\n3,1,0\n", "\\N,2.5\n1,3.5\n2,4\n"],
)
def test_a_first_row_is_not_lost_as_names(written, text):
    table = written(text)
    assert table.n_rows == 3
    assert table.names[0] == "column_1"
    assert any("first line" in note for note in table.notes)


def test_a_number_and_a_missing_cell_are_no_names(written):
    assert written("0.13,\\N,p\n0.5,3,n\n0.7,4,p\n0.9,\\N,n\n").n_rows == 4


def test_names_that_stand_there_again_are_no_row(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,x\na,b\n2,z\na,b\n3,x\n4,oops\n")
    table = read_table(path)
    assert table.column("a").values.tolist() == [1, 2, 3, 4]
    assert table.notes == ("2 lines that repeat the names left out.",)
    assert table.where(3) == "t.csv:7"
    with stream_table(path) as streamed:
        assert (streamed.n_rows, streamed.notes) == (4, table.notes)


def test_names_may_be_years_and_a_header_can_be_told(written):
    years = written("land,2001,2002,2003\nDE,1.5,2,3\nFR,2.5,3,4\nIT,2,2,2\n")
    assert years.names == ("land", "2001", "2002", "2003")
    assert written("1,2\n3,4\n", header=True).names == ("1", "2")
    assert written("a,b\n3,4\n", header=False).n_rows == 2


def test_a_name_may_hold_a_line_break_of_another_kind(written):
    assert written('a,"b\r\nin kg",y\n1,2,3\n4,5,6\n').n_rows == 2
    assert written('a,"b\nin kg",y\r\n1,2,3\r\n4,5,6\r\n').names == ("a", "b\nin kg", "y")


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_both_ends_of_utf_16_are_read(written, encoding):
    mark = "\ufeff".encode(encoding)
    assert written(mark + "stadt,k\nZürich,1\nGenf,2\n".encode(encoding)).column("stadt").cells() == ["Zürich", "Genf"]


def test_an_encoding_can_be_told(written):
    text = "город,k\nКиев,1\nЛьвов,2\n"
    assert written(text, "cp1251", encoding="cp1251").column("город").cells() == ["Киев", "Львов"]
    with pytest.raises(UsageError, match="no encoding"):
        written(text, encoding="klingon")
    with pytest.raises(DataError, match=r"t\.csv:1 is not ascii"):
        written(text, encoding="ascii")


def test_an_index_without_a_name_is_no_feature_unless_it_is_kept(written):
    text = ",u,y\n5,1.5,a\n3,2.5,b\n9,3.5,a\n"
    table = written(text)
    assert table.names == ("u", "y")
    assert any("--keep column_1" in note for note in table.notes)
    assert written(text, keep=["column_1"]).names == ("column_1", "u", "y")


def test_columns_can_be_left_out_and_chosen(written):
    assert written(PLAIN, drop=["b"]).names == ("a", "y")
    assert written(PLAIN, only=["y", "a"]).names == ("y", "a")
    with pytest.raises(DataError, match='no column "c"'):
        written(PLAIN, drop=["c"])


def test_a_cell_may_be_long(written):
    assert len(written(f'a,b\n1,"{"x" * 200_000}"\n2,y\n').column("b").cells()[0]) == 200_000


def test_what_was_understood_reads_the_file_alike(written):
    for text in (ABOVE["comments"], "a;b\n1,5;20 %\n2,5;30 %\n"):
        table = written(text)
        again = written(text, **table.understood)
        assert again.names == table.names
        for name in table.names:
            assert again.column(name).cells() == table.column(name).cells()


def test_a_stream_reads_what_memory_reads(tmp_path):
    path = tmp_path / "t.csv"
    cells = [f"${k},{k % 900 + 100}.50" for k in range(1, 400)]
    path.write_text("# money\n" + "c,d\n" + "".join(f'"{cell}",{k % 12 + 1}/5/07\n' for k, cell in enumerate(cells)))
    whole = read_table(path)
    with stream_table(path) as streamed:
        for name in whole.names:
            np.testing.assert_array_equal(streamed.column(name).values, whole.column(name).values)


def test_numbers_that_may_be_codes_are_said(written):
    table = written(column("01234", "12345", "99501"))
    assert table.column("c").values.tolist() == [1234, 12345, 99501]
    assert [note for note in table.notes if "01234 may be a code" in note and '--kind "c=category"' in note]
    assert not written(column("1234", "0", "0.5")).notes
