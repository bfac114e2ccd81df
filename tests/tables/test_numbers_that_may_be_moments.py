"""A day written as the number 20200131, or a time as seconds since 1970, is a number: that is said, with the cure."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from clearprop.tables import read_table, stream_table
from clearprop.tables.columns.column import Column
from clearprop.tables.columns.suspected import remarks_on_numbers

DAYS = [20200131, 20200229, 20191231, 20200101]
MOMENTS = [datetime(2020, 1, 31), datetime(2020, 2, 29), datetime(2019, 12, 31), datetime(2020, 1, 1)]
WRITE = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "parquet": lambda frame, path: frame.to_parquet(path),
    "jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True),
    "xlsx": lambda frame, path: frame.to_excel(path, index=False),
    "feather": lambda frame, path: frame.to_feather(path),
}


@pytest.fixture(params=["frame", *WRITE])
def source(request, tmp_path):
    """Return a table of days as numbers, one of them with a gap so that pandas makes fractions of them."""
    frame = pd.DataFrame({"day": DAYS * 5, "gap": [np.nan, *DAYS * 5][:20], "k": range(20)})
    if request.param == "frame":
        return frame
    WRITE[request.param](frame, tmp_path / f"t.{request.param}")
    return tmp_path / f"t.{request.param}"


def test_days_in_one_piece_are_numbers_and_said(source):
    table = read_table(source)
    assert table.column("day").values.tolist() == DAYS * 5
    for name in ("day", "gap"):
        assert [note for note in table.notes if f'--kind "{name}=date:%Y%m%d"' in note]


def test_the_option_that_the_note_names_reads_them_as_dates_and_ends_the_note(source):
    table = read_table(source, kinds={"day": "date:%Y%m%d", "gap": "date:%Y%m%d"})
    assert table.column("day").cells()[:4] == MOMENTS
    assert table.column("gap").cells()[:5] == [None, *MOMENTS]
    assert table.notes == ()


def test_a_stream_says_and_reads_the_same(tmp_path):
    for ending in ("csv", "parquet"):
        path = tmp_path / f"t.{ending}"
        WRITE[ending](pd.DataFrame({"day": DAYS * 5, "k": range(20)}), path)
        with stream_table(path) as streamed:
            assert streamed.notes == read_table(path).notes != ()
        with stream_table(path, kinds={"day": "date:%Y%m%d"}) as streamed:
            assert streamed.column("day").cells()[:4] == MOMENTS


SAID = {
    "months": ([202001 + k % 12 for k in range(24)], "date:%Y%m"),
    "minutes": ([202001311200 + k for k in range(24)], "date:%Y%m%d%H%M"),
    "seconds": ([20200131120000 + k for k in range(24)], "date:%Y%m%d%H%M%S"),
    "milliseconds": ([1580428800000 + 86_400_000 * k for k in range(24)], "date:epoch ms"),
    "a word for missing": ([20200131, 20200201, 20200229] * 8 + [99999999], "date:%Y%m%d"),
}


def column(name, cells):
    return Column(name, "number", np.array(cells, dtype=np.float64), integer=True)


@pytest.mark.parametrize("kind", SAID)
def test_other_moments_in_one_piece_are_said_too(kind):
    cells, spec = SAID[kind]
    (note,) = remarks_on_numbers([column("c", cells)], ())
    assert f'--kind "c={spec}"' in note
    assert read_table({"c": cells}, kinds={"c": spec}, na=["99999999"]).column("c").kind == "date"


def test_seconds_since_1970_are_said_where_the_name_speaks_of_time():
    cells = [1580428800 + 86_400 * k for k in range(24)]
    (note,) = remarks_on_numbers([column("created_at", cells)], ())
    assert '--kind "created_at=date:epoch s"' in note
    assert remarks_on_numbers([column("phone", cells)], ()) == []
    found = read_table({"c": cells}, kinds={"c": "date:epoch s"}).column("c")
    assert found.cells()[0] == datetime(2020, 1, 31)


@pytest.mark.parametrize(
    "cells",
    [
        [200_000 + 1000 * k for k in range(24)], [20201331, 20200230, 20209999] * 8, [2020] * 24,
        [12345678 + 37 * k for k in range(24)], [20200131.5 + k for k in range(24)], [20200131] * 24, [],
    ],
)  # fmt: skip
def test_other_numbers_are_not_doubted(cells):
    assert remarks_on_numbers([column("c", cells)], ()) == []


def test_a_column_that_counts_the_rows_in_another_order_is_said():
    shuffled = pd.DataFrame({"u": np.arange(30) * 1.5}).sample(frac=1, random_state=0).reset_index()
    assert 'Column "index" counts the rows in another order; --drop index leaves it out.' in read_table(shuffled).notes
    for other in (shuffled.sort_values("index"), shuffled.rename(columns={"index": "rank"}), shuffled[:20]):
        assert read_table(other).notes == ()
