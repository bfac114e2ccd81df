"""Labels of classes as plain data, and back in the very type and value they had."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Plain = bool | int | float | str

MOST_DIGITS = 40  # of a whole number in a model file


class LabelType(NamedTuple):
    """One type of label: how it is written as plain data, and read again; `library` is where the type lives."""

    type: type | str
    write: Callable[[Any], Plain]
    read: Callable[[Any], Any]
    library: str = ""


def _same(label: Any) -> Any:
    return label


def _pandas() -> Any:
    try:
        return importlib.import_module("pandas")
    except ImportError:
        raise ValueError("the labels are of pandas' own types; install pandas") from None


_ZONED = re.compile(r"(.*)\[(.*)\]")
_INTERVAL = re.compile(r"(\S+) (\S+) (\w+)")


def _write_timestamp(label: Any) -> str:
    """Return text with every nanosecond; a time zone that has a name stands behind in brackets."""
    zone = getattr(label.tzinfo, "key", None) or getattr(label.tzinfo, "zone", None)
    return f"{label.isoformat(timespec='nanoseconds')}{f'[{zone}]' if zone else ''} {label.unit}"


def _read_timestamp(text: str) -> Any:
    moment, _, unit = text.rpartition(" ")
    zoned = _ZONED.fullmatch(moment)
    label = _pandas().Timestamp(zoned[1] if zoned else moment)
    return (label.tz_convert(zoned[2]) if zoned else label).as_unit(unit)


def _write_period(label: Any) -> str:
    return f"{label.ordinal} {label.freqstr}"


def _read_period(text: str) -> Any:
    ordinal, _, frequency = text.partition(" ")
    return _pandas().Period(ordinal=int(ordinal), freq=frequency)


def _write_interval(label: Any) -> str:
    ends = [end.item() if isinstance(end, np.generic) else end for end in (label.left, label.right)]
    if not all(type(end) in (int, float) for end in ends):
        raise ValueError(f"an interval of {type(label.left).__name__}s cannot be kept")
    return f"{ends[0]!r} {ends[1]!r} {label.closed}"


def _read_interval(text: str) -> Any:
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no interval")
    left, right = (int(end) if re.fullmatch(r"-?\d+", end) else float(end) for end in (found[1], found[2]))
    return _pandas().Interval(left, right, closed=found[3])


LABEL_TYPES: dict[str, LabelType] = {
    "bool": LabelType(bool, _same, _same),
    "int": LabelType(int, _same, _same),
    "float": LabelType(float, _same, float),
    "str": LabelType(str, _same, _same),
    "bytes": LabelType(bytes, lambda label: label.decode("latin-1"), lambda text: text.encode("latin-1")),
    "datetime": LabelType(datetime, datetime.isoformat, datetime.fromisoformat),  # before date, which it is one of
    "date": LabelType(date, date.isoformat, date.fromisoformat),
    "time": LabelType(time, time.isoformat, time.fromisoformat),
    "timedelta": LabelType(
        timedelta, lambda label: label // timedelta(microseconds=1), lambda whole: timedelta(microseconds=whole)
    ),
    "decimal": LabelType(Decimal, str, Decimal),
    "uuid": LabelType(UUID, str, UUID),
    "datetime64": LabelType(np.datetime64, str, np.datetime64),
    "timedelta64": LabelType(np.timedelta64, lambda label: int(label.astype(np.int64)), np.timedelta64),
    "timestamp": LabelType("Timestamp", _write_timestamp, _read_timestamp, "pandas"),
    "duration": LabelType(
        "Timedelta",
        lambda label: f"{label.asm8.astype(np.int64)} {label.unit}",
        lambda text: _pandas().Timedelta(np.timedelta64(int(text.split(" ")[0]), text.split(" ")[1])),
        "pandas",
    ),
    "period": LabelType("Period", _write_period, _read_period, "pandas"),
    "interval": LabelType("Interval", _write_interval, _read_interval, "pandas"),
}


def type_of(labels: Sequence[Any]) -> str | None:
    """Return the name of the type all labels have, None if there is no such type."""
    kinds = {type(label) for label in labels}
    for name, known in LABEL_TYPES.items():
        type_ = known.type if isinstance(known.type, type) else _imported(known.library, known.type)
        if type_ is not None and kinds == {type_}:
            return name
    return None


def _imported(library: str, name: str) -> type | None:
    """Return a type of a library that is imported already; who has such labels has imported it."""
    return getattr(sys.modules.get(library), name, None)


def why_not(labels: Sequence[Any]) -> str:
    """Return why these labels cannot be kept as what they are, "" if they can; a sentence with the cure."""
    if type_of(labels) is None:
        of_type = {type(label): label for label in labels}
        if len(of_type) > 1:
            shown = " and ".join(f"{label!r} ({kind.__name__})" for kind, label in list(of_type.items())[:2])
            return f"its labels are of different types, such as {shown}; make them one, for example text by str()"
        kind = type(labels[0]).__name__
        return (
            f"its labels are of the type {kind}, which a model file cannot hold; give text or numbers in their place, "
            "such as the name or the value of each"
        )
    if any(isinstance(label, float) and not np.isfinite(label) for label in labels):
        return "one of its labels is an infinite number; put in the true one, or leave the cell empty"
    if any(type(label) is int and abs(label) >= 10**MOST_DIGITS for label in labels):
        return f"one of its labels has more than {MOST_DIGITS} digits; give text in place of such numbers"
    return ""


def as_array(plain: Sequence[Plain], type_name: str, dtype: str) -> NDArray[Any]:
    """Return labels (n,) as the array they were given in.

    Parameters
    ----------
    plain : sequence
        As `LABEL_TYPES` writes them.
    type_name : str
        A key of `LABEL_TYPES`; "" for labels that are what they are written as.
    dtype : str
        NumPy's name of the array's dtype; "" for the one NumPy chooses.
    """
    read = LABEL_TYPES[type_name].read if type_name else _same
    if type_name in ("datetime64", "timedelta64"):
        unit = np.datetime_data(np.dtype(dtype))
        labels = [np.dtype(dtype).type(label, unit) for label in plain]
    else:
        labels = [read(label) for label in plain]
    if dtype in ("", "str"):
        return np.array(labels)
    array = np.empty(len(labels), dtype=np.dtype(dtype))
    array[:] = labels
    return array
