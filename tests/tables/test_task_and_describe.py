"""The guessed task, and the summary of each column."""

import datetime

import numpy as np
import pytest

from clearprop.tables import describe, guess_task, read_table


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        (["a", "b", "a"], "classes"),
        ([True, False, True], "classes"),
        ([0, 1, 1, 0], "classes"),
        ([1.0, 2.0, 1.0], "classes"),
        ([-1, 1, -1], "classes"),
        ([1, 2, 3, 1, 2, 3], "classes"),
        ([0, 1, 2, 3, 3, 2, 1, 0], "classes"),
        ([3, 4, 5, 3, 4, 5], "numbers"),
        ([1, 2, 3, 1, 2], "numbers"),
        ([1, 2, 4, 1, 2, 4], "numbers"),
        ([0, 1, 2, 3, 5] * 20, "classes"),
        ([0, 1, 2, 3, 5] * 500 + [7] * 20, "numbers"),
        ([0.5, 1.5] * 20 + [2.5] * 20, "numbers"),
        ([1.5, 2.5, 3.5], "numbers"),
        ([75, 82], "numbers"),
        (list(range(31)) * 2, "numbers"),
        ([datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)], "numbers"),
    ],
)
def test_the_guessed_task(cells, task):
    assert guess_task(read_table({"y": cells}).column("y")) == task


def test_every_column_is_summed_up():
    table = read_table({"x": [3, 1, None, 3], "c": ["b", "a", "a", None], "k": [7] * 4})
    x, c, k = describe(table)
    assert (x.kind, x.n_missing, x.n_distinct, x.examples, x.smallest, x.largest) == ("number", 1, 2, (3, 1), 1, 3)
    assert (c.kind, c.n_missing, c.n_distinct, c.examples, c.smallest) == ("category", 1, 2, ("a", "b"), None)
    assert k.remark == "has the same value in every training row"
    assert x.remark == c.remark == ""


def test_moments_beyond_the_calendar_are_still_shown():
    (summary,) = describe(read_table({"d": np.array(["-0044-03-15", "12000-01-01"], dtype="datetime64[s]")}))
    assert (summary.smallest, summary.largest) == ("-044-03-15T00:00:00", "12000-01-01T00:00:00")


def test_dates_are_summed_up_as_dates():
    (summary,) = describe(read_table({"d": np.array(["2020-01-01", "2021-05-05"], dtype="datetime64[D]")}))
    assert (summary.smallest, summary.largest) == (datetime.datetime(2020, 1, 1), datetime.datetime(2021, 5, 5))
