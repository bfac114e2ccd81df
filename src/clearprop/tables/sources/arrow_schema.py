"""Durations, categories and whole numbers of 128 bits in the schema of Arrow that Parquet files carry.

Parquet itself knows none of these.

The schema is a FlatBuffers message, of which no more is read here than names and units of the columns.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_INT, _DURATION = 2, 18  # Type.Int and Type.Duration in Arrow's Schema.fbs
_UNITS = (1.0, 1e-3, 1e-6, 1e-9)  # TimeUnit: seconds, milliseconds, microseconds, nanoseconds
_MILLISECOND = 1  # the default


@dataclass(frozen=True)
class Known:
    """What the schema says of one column.

    Attributes
    ----------
    unit : float
        Seconds in one of its numbers where they are durations, else 0.
    category : bool
        Whether it holds categories.
    wide : str
        "HUGEINT" or "UHUGEINT", as duckdb calls them, where it holds whole numbers of 128 bits, as polars writes them.
    """

    unit: float = 0.0
    category: bool = False
    wide: str = ""


def known_columns(encoded: bytes) -> dict[str, Known]:
    """Return what is known of each column; {} where the schema is missing or damaged."""
    try:
        return dict(_fields(base64.b64decode(encoded)))
    except (struct.error, ValueError, IndexError):
        return {}


def _fields(message: bytes) -> Iterator[tuple[str, Known]]:
    if not message:
        return
    start = 8 if message[:4] == b"\xff" * 4 else 4
    table = _Table(message, start + _number(message, start, "<I"))
    schema = table.child(2)  # Message.header
    for field in schema.children(1):  # Schema.fields
        kind = field.number(2, "<B", 0)  # Field.type_type
        unit = _UNITS[field.child(3).number(0, "<h", _MILLISECOND)] if kind == _DURATION else 0.0  # Duration.unit
        wide = kind == _INT and field.child(3).number(0, "<i", 0) == 128  # Int.bitWidth
        signed = wide and field.child(3).number(1, "<B", 0)  # Int.is_signed
        yield field.text(0), Known(unit, field.has(4), ("" if signed else "U") + "HUGEINT" if wide else "")


class _Table:
    """A table of FlatBuffers: its vtable says where each field stands, and 0 that it is left out."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._vtable = at - _number(data, at, "<i")

    def number(self, field: int, kind: str, default: int) -> int:
        place = self._place(field)
        return _number(self._data, place, kind) if place else default

    def has(self, field: int) -> bool:
        return bool(self._place(field))

    def child(self, field: int) -> _Table:
        return _Table(self._data, self._follow(field))

    def children(self, field: int) -> Iterator[_Table]:
        start = self._follow(field)
        for k in range(_number(self._data, start, "<I")):
            at = start + 4 + 4 * k
            yield _Table(self._data, at + _number(self._data, at, "<I"))

    def text(self, field: int) -> str:
        start = self._follow(field)
        return self._data[start + 4 : start + 4 + _number(self._data, start, "<I")].decode()

    def _follow(self, field: int) -> int:
        place = self._place(field)
        if not place:
            raise ValueError("a field is left out that every schema has")
        return place + _number(self._data, place, "<I")

    def _place(self, field: int) -> int:
        entry = 4 + 2 * field
        if entry >= _number(self._data, self._vtable, "<H"):
            return 0
        offset = _number(self._data, self._vtable + entry, "<H")
        return self._at + offset if offset else 0


def _number(data: bytes, at: int, kind: str) -> int:
    if at < 0:
        raise ValueError("a place before the beginning")
    found: int = struct.unpack_from(kind, data, at)[0]
    return found
