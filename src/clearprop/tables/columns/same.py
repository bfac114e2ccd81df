"""When two labels are the same one, though of two types: 1 and 1.0, a moment of NumPy and one of Python.

And what a label is called where only text can stand, as in the name of a column of the network.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from clearprop.errors import DataError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ATTOSECONDS = {
    "W": 604_800 * 10**18, "D": 86_400 * 10**18, "h": 3600 * 10**18, "m": 60 * 10**18, "s": 10**18, "ms": 10**15,
    "us": 10**12, "ns": 10**9, "ps": 10**6, "fs": 1000, "as": 1,
}  # fmt: skip


def same_key(label: Any) -> tuple[Any, Any]:
    """Return what labels that are the same share, and no others.

    Examples
    --------
    >>> same_key(np.datetime64("2020-01-31", "ns")) == same_key(datetime(2020, 1, 31))
    True
    >>> same_key(True) == same_key(1) or same_key(1) == same_key("1")
    False
    """
    if isinstance(label, bool | np.bool_):
        return "bool", bool(label)
    if isinstance(label, np.datetime64 | np.timedelta64):
        return ("moment" if isinstance(label, np.datetime64) else "span"), _attoseconds(label)
    if isinstance(label, date):
        return "moment", _since_epoch(label)
    if isinstance(label, timedelta):
        exact = getattr(label, "asm8", None)  # pandas' has nanoseconds
        return "span", _attoseconds(exact) if exact is not None else label // timedelta(microseconds=1) * 10**12
    if isinstance(label, int | float | np.number | Decimal):
        return "number", label
    return ("text", str(label)) if isinstance(label, str) else (type(label), label)


def as_text(label: Any) -> str:
    """Return a label as text: of a number the same, whole or not, whatever type holds it.

    Examples
    --------
    >>> as_text(1.0), as_text(1), as_text(0.5), as_text(b"x")
    ('1', '1', '0.5', 'x')
    """
    if isinstance(label, bytes):
        return _decoded(label)
    if isinstance(label, float | np.floating) and float(label).is_integer() and abs(float(label)) < 1e15:
        return str(int(label))
    return str(label)


def _decoded(data: bytes) -> str:
    """Return bytes as the text they are; where they are none, in signs, as duckdb writes them."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "".join(chr(b) if 32 <= b < 127 and b not in b"\\\"'" else f"\\x{b:02X}" for b in data)


def check_apart(name: str, labels: Iterable[Any]) -> None:
    """Refuse labels of a column of which two would be called the same.

    Raises
    ------
    DataError
        Naming the two.
    """
    called: dict[str, Any] = {}
    for label in labels:
        other = called.setdefault(as_text(label), label)
        if other is not label and same_key(other) != same_key(label):
            shown = " and ".join(f"{one!r} ({type(one).__name__})" for one in (other, label))
            raise DataError(f'column "{name}" holds {shown}, which look alike; make them one type, such as text.')


def _since_epoch(moment: date) -> int:
    exact = getattr(moment, "asm8", None)  # in UTC
    if exact is not None:
        return _attoseconds(exact)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (aware - _EPOCH) // timedelta(microseconds=1) * 10**12


def _attoseconds(label: Any) -> int:
    unit, count = np.datetime_data(label.dtype)
    if unit in ("Y", "M") and isinstance(label, np.datetime64):
        label, unit, count = label.astype("datetime64[D]"), "D", 1
    return int(label.astype(np.int64)) * count * _ATTOSECONDS.get(unit, 1)
