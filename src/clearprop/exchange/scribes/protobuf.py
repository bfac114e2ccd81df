"""The wire format of Protocol Buffers, as much of it as a message of ONNX needs."""

from __future__ import annotations

import struct
from collections.abc import Iterable


def whole(field: int, value: int) -> bytes:
    """Return a field that holds an integer."""
    return _varint(field << 3) + _varint(value & (2**64 - 1))


def real(field: int, value: float) -> bytes:
    """Return a field that holds a float32."""
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def held(field: int, content: bytes | str) -> bytes:
    """Return a field that holds bytes, text or a message."""
    data = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def each(field: int, contents: Iterable[bytes | str]) -> bytes:
    """Return a repeated field."""
    return b"".join(held(field, content) for content in contents)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
