"""The columns of a table fit the terminal, whatever its width: values are shown whole, or not at all."""

from __future__ import annotations

from datetime import datetime

import pytest

from clearprop.cli._columns import column_table
from clearprop.cli.output import GAP

WORKCLASSES = ("Private", "Self-emp-not-inc", "Local-gov")


def record(name, kind, examples, smallest=None, largest=None, n_distinct=9):
    return {
        "name": name, "kind": kind, "n_missing": 0, "n_distinct": n_distinct, "examples": examples,
        "smallest": smallest, "largest": largest,
    }  # fmt: skip


RECORDS = [
    record("age", "number", (39, 50, 38), 17, 90),
    record("workclass", "category", WORKCLASSES),
    record("sex", "category", ("Male", "Female"), n_distinct=2),
    record("day", "date", (datetime(2011, 1, 1),), datetime(2011, 1, 1), datetime(2012, 12, 31)),
]


def shown(width):
    """Return heads, and the values of each column by its name."""
    heads, rows = column_table(RECORDS, width)
    return heads, {row[0]: row[-1] for row in rows}


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_line_fits(width):
    heads, rows = column_table(RECORDS, width)
    lines = [heads, *rows]
    widest = [max(len(line[k]) for line in lines) for k in range(len(heads))]
    assert sum(widest) + GAP * (len(heads) - 1) <= width


def test_there_are_as_many_whole_values_as_there_is_room_for():
    assert shown(62)[1]["workclass"] == "Private, …"
    assert shown(80)[1]["workclass"] == "Private, Self-emp-not-inc, …"
    assert shown(120)[1]["workclass"] == "Private, Self-emp-not-inc, Local-gov, …"
    assert shown(62)[1]["sex"] == "Male, Female"


def test_numbers_show_their_range_and_examples_if_there_is_room():
    assert shown(45)[1]["age"] == "17 .. 90"
    assert shown(120)[1]["age"] == "17 .. 90, such as 39, 50, 38"


def test_a_day_is_written_without_a_clock():
    assert shown(80)[1]["day"].startswith("2011-01-01 .. 2012-12-31")


def test_a_narrow_terminal_leaves_out_how_many_differ():
    assert "distinct" in shown(80)[0]
    assert "distinct" not in shown(60)[0]


def test_a_label_longer_than_the_room_is_cut():
    _, rows = column_table([record("text", "category", ("x" * 500,))], 60)
    assert len(rows[0][-1]) <= 60
    assert rows[0][-1].endswith("…")
