"""Canonical JSON has one spelling; the strict reader takes no ambiguity and stays within its bounds."""

import json
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.errors import ModelFileError, UsageError
from clearprop.files.strict_json import MAX_DEPTH, canonical, parse, plain

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**39), 10**39)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(text, inside, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_is_read_back_equal(value):
    assert parse(canonical(value), "it") == value


@given(values)
def test_there_is_one_spelling(value):
    spelled = canonical(value)
    assert canonical(parse(spelled, "it")) == spelled
    assert canonical(json.loads(json.dumps(value))) == spelled


def test_keys_are_sorted_and_nothing_is_padded():
    assert canonical({"b": [1, 2.5, None], "a": {"ü": True}}) == '{"a":{"ü":true},"b":[1,2.5,null]}'


def test_numpy_scalars_become_plain_numbers():
    assert canonical(plain([np.float32(0.5), np.int64(3), np.bool_(True), (1, 2)])) == "[0.5,3,true,[1,2]]"


@pytest.mark.parametrize("value", [np.zeros(2), object(), b"bytes", float("nan"), {1: 2}, "\udc80", {"\udc80": 1}])
def test_what_json_cannot_hold_is_not_written(value):
    with pytest.raises(UsageError, match="value"):
        plain(value)


@pytest.mark.parametrize(
    ("unsound", "reason"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("{}{}", "Extra data"),
        ("[1,]", "Expecting value"),
        ("{'a':1}", "Expecting property name"),
        ('{"a":1,"a":1}', "'a' occurs twice"),
        ('{"b":{"a":1,"\\u0061":2}}', "'a' occurs twice"),
        ("NaN", "NaN is not a JSON number"),
        ("[Infinity]", "Infinity is not"),
        ("[-Infinity]", "-Infinity is not"),
        ("1e999", "beyond double precision"),
        ("-1e999", "beyond double precision"),
        ("1" * 41, "41 digits"),
        ("1" * 10_000, "10000 digits"),
        ('"\\ud800"', "not valid Unicode"),
        ('{"\\udfff":1}', "not valid Unicode"),
        (b'"\xff"', "not valid Unicode"),
        (b'"\xed\xa0\x80"', "not valid Unicode"),
        ('"\x00"', "Invalid control character"),
        ("\ufeff{}", "BOM"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "more than 16 deep"),
        ("[" * 900_000, "more than 16 deep"),
        ('{"a":' * 100_000, "more than 16 deep"),
        ("[" + "[]," * 300_000 + "0]", "more than 250000 values"),
        ("[" + "0," * 300_000 + "0]", "more than 250000 values"),
    ],
)
def test_unsound_json_is_refused_with_the_reason(unsound, reason):
    with pytest.raises(ModelFileError, match=reason):
        parse(unsound, "it")


def test_brackets_within_strings_do_not_count():
    assert parse('["' + "[" * 100 + '\\"]]"]', "it") == ["[" * 100 + '"]]']


def test_depth_is_allowed_up_to_its_limit():
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "it")


@pytest.mark.parametrize(
    "unit", ['\\"', '"', "\\", '"\\', "[]", "{}", "0,", "[],", '{"":', "\\u0000", "9", "-", "1e9,", '"",']
)
@pytest.mark.parametrize("frame", ["{}", "[{}]", '"{}"', '["{}', "[{}0]"])
def test_no_repetition_costs_more_than_its_length(unit, frame):
    """Half a megabyte of anything is answered in 16 MB, and not in minutes as by a reader that is quadratic."""
    hostile = frame.replace("{}", unit * (500_000 // len(unit)))
    tracemalloc.start()
    started = time.process_time()
    try:
        parse(hostile, "it")
    except ModelFileError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert time.process_time() - started < 10
    assert peak < 16e6
