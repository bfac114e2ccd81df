"""Splits: every row on one side, the same for the same seed, and refused where impossible."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.errors import DataError, UsageError
from clearprop.tables import read_table, split


def assert_parts(found, n):
    assert len(found.train)
    assert len(found.held)
    np.testing.assert_array_equal(np.sort(np.concatenate([found.train, found.held])), np.arange(n))


@given(n=st.integers(2, 300), share=st.floats(0.01, 0.5), seed=st.integers(0, 2**63))
def test_a_random_split_holds_out_the_share(n, share, seed):
    found = split(n, share, seed=seed)
    assert_parts(found, n)
    assert len(found.held) == max(1, round(share * n))


@given(
    counts=st.lists(st.integers(1, 60), min_size=2, max_size=6), share=st.floats(0.05, 0.5), seed=st.integers(0, 2**63)
)
def test_a_stratified_split_keeps_every_class_in_training_and_in_its_share(counts, share, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    if max(counts) == 1:
        with pytest.raises(DataError, match="one row only"):
            split(len(labels), share, stratify=labels)
        return
    found = split(len(labels), share, seed=seed, stratify=labels)
    assert_parts(found, len(labels))
    n_held = max(1, round(share * len(labels)))
    for label, count in enumerate(counts):
        held = int((labels[found.held] == label).sum())
        assert held < count
        assert abs(held - count * n_held / len(labels)) < 1 or count == 1


def test_the_seed_and_the_draw_decide():
    a = split(100, seed=1).held
    np.testing.assert_array_equal(a, split(100, seed=1).held)
    assert a.tolist() != split(100, seed=2).held.tolist()
    assert a.tolist() != split(100, seed=(1, 1)).held.tolist()


def test_a_class_too_small_to_hold_out_trains_and_is_noted():
    found = split(21, 0.2, stratify=np.array(["a"] * 20 + ["b"]))
    assert 20 in found.train
    assert found.notes == ("1 class of the given values has too few rows to be held out and only trains.",)


def test_no_group_is_on_both_sides():
    table = read_table({"person": [f"p{i // 5}" for i in range(100)], "x": list(range(100))})
    found = split(table, 0.2, group="person", seed=3)
    assert_parts(found, 100)
    assert len(found.held) == 20
    assert not set(found.train // 5) & set(found.held // 5)


def test_the_last_rows_in_time_are_held_out_and_no_moment_is_on_both_sides():
    when = np.array([5, 1, 9, 9, 9, 2, 3, 4, 6, 7])
    table = read_table({"when": when, "x": when})
    found = split(table, 0.2, time="when")
    assert found.held.tolist() == [2, 3, 4]
    assert found.how == 'by time, the last 3 rows by "when" held out'


def test_given_rows_are_held_out():
    found = split(5, given=[4, 0])
    assert (found.train.tolist(), found.held.tolist()) == ([1, 2, 3], [0, 4])


def test_only_some_rows_can_be_split():
    rows = np.array([9, 2, 4, 6, 8])
    found = split(10, 2, rows=rows)
    assert sorted([*found.train, *found.held]) == [2, 4, 6, 8, 9]
    assert split(10, rows=rows, given=[4]).train.tolist() == [2, 6, 8, 9]
    assert set(split(10, 0.4, rows=rows, stratify=np.arange(10) // 9).held) < set(rows.tolist())


@pytest.mark.parametrize(
    ("n", "options", "expected"),
    [
        (1, {}, "needs 2 rows"),
        (5, {"held": 5}, "none is left"),
        (5, {"given": [0, 1, 2, 3, 4]}, "none is left"),
        (5, {"given": [5]}, "row 5 is not among the 5 rows"),
        (5, {"given": [-1]}, "row -1 is not among"),
        (5, {"given": []}, "different whole numbers"),
        (5, {"given": [1, 1]}, "different whole numbers"),
        (5, {"given": [0.5]}, "different whole numbers"),
        (3, {"group": ["a", "a", "a"]}, "two groups"),
        (3, {"time": [1, 1, 1]}, "two moments"),
        (3, {"time": [1, 1]}, r"shape \(3,\), got \(2,\)"),
        (3, {"time": [1.0, np.nan, 2.0]}, "missing in row 1"),
        (3, {"time": np.array(["2024-01-01", "NaT", "2024-01-03"], "M8[s]")}, "missing in row 1"),
        (3, {"stratify": ["a", None, "b"]}, "missing in row 1"),
        (3, {"group": np.array([1, "b", "c"], object)}, "of one kind"),
        (3, {"time": ["May", "June", "July"]}, "the values hold words"),
        (3, {"rows": [0, 0, 1]}, "chosen rows must be different"),
        (3, {"rows": np.array([True, False, True])}, "chosen rows must be different whole numbers"),
        (3, {"rows": [0, 1, 3]}, "chosen row 3 is not among the 3 rows"),
    ],
)
def test_impossible_splits_are_refused(n, options, expected):
    with pytest.raises(DataError, match=expected):
        split(n, **options)


def test_numpys_integers_are_as_good_as_pythons():
    expected = split(10, 2, seed=3).held.tolist()
    assert split(np.int64(10), np.int32(2), seed=np.int64(3)).held.tolist() == expected


def test_moments_with_a_time_zone_are_moments():
    when = pd.Series(pd.date_range("2024-01-01", periods=4, tz="Europe/Berlin"), index=[4, 3, 2, 1])
    assert split(4, 0.5, time=when).held.tolist() == [2, 3]


@pytest.mark.parametrize(
    "options", [{"held": 0}, {"held": 1.5}, {"held": True}, {"group": "a"}, {"group": [1] * 5, "time": [1] * 5}]
)
def test_options_without_meaning_are_refused(options):
    with pytest.raises(UsageError):
        split(5, **options)


def test_words_are_no_moments():
    with pytest.raises(DataError, match='the column "when" holds a category'):
        split(read_table({"when": ["May", "June", "July"]}), time="when")


def test_a_missing_moment_is_named():
    table = read_table({"when": [1.0, None, 3.0]})
    with pytest.raises(DataError, match='dict, row 1, column "when": the value to split by is missing'):
        split(table, time="when")


def test_a_row_without_the_value_to_split_by_is_named():
    table = read_table({"x": [1.0, 2, 3, 4], "y": ["a", None, "b", "a"]})
    with pytest.raises(DataError, match=r'row 1, column "y": the value to split by is missing \(1 such row\)\. Fill'):
        split(table, 0.5, stratify="y")
