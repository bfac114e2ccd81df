"""HDF5 as h5py writes it by default, read from bytes: groups, plain data sets of numbers, text of attributes.

After the HDF5 File Format Specification, version 3.0. The HDF5 library itself is not used: it can be held up without
end by a damaged file. Every address is checked against the file's length, and the number of steps is bounded; links,
filters, chunks and data in other files are refused.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.foreign import Array
from clearprop.exchange.readers.bounded import MAX_NUMBERS

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_MOST_STEPS = 200_000
_DEEPEST = 8
_SPACE, _TYPE, _EXTERNAL, _LAYOUT, _FILTER, _ATTRIBUTE, _MORE, _SYMBOLS = 1, 3, 7, 8, 11, 12, 16, 17
_FLOATS = {(2, 5, 10): "f2", (4, 8, 23): "f4", (8, 11, 52): "f8"}  # bytes, bits of exponent and of mantissa


@dataclass(frozen=True)
class _Message:
    kind: int
    data: bytes


class Hdf5:
    """A file, by the paths of its groups and data sets."""

    def __init__(self, data: bytes) -> None:
        self._data, self._steps = data, 0
        self._groups: dict[int, dict[str, int]] = {}
        if data[:8] != SIGNATURE or len(data) < 96:
            raise ForeignFileError("this should be an HDF5 file, and is damaged or empty.")
        if data[8] > 1 or data[13:15] != b"\x08\x08":
            raise ReaderCannot("this HDF5 file is of a newer form than Keras writes; save the model again with Keras.")
        self._root = self._number(64 + (4 if data[8] == 1 else 0))

    def names(self, path: str) -> list[str]:
        """Return the names in a group."""
        return list(self._members(self._object(path)))

    def is_group(self, path: str) -> bool:
        """Return whether a path is that of a group."""
        return any(message.kind == _SYMBOLS for message in self._messages(self._object(path)))

    def numbers(self, path: str) -> Array:
        """Return a data set of numbers.

        Raises
        ------
        ForeignFileError
            If there is none, or it is damaged.
        ReaderCannot
            If it is packed, or lies elsewhere.
        """
        found = {message.kind: message.data for message in self._messages(self._object(path))}
        if _FILTER in found or _EXTERNAL in found or not {_SPACE, _TYPE, _LAYOUT} <= set(found):
            raise ReaderCannot(f"{path[:120]!r} is no plain data set of the file; save the model again with Keras.")
        shape, dtype = _shape(found[_SPACE]), _dtype(found[_TYPE], path)
        count = math.prod(shape)
        if count > MAX_NUMBERS:
            raise ForeignFileError(f"{path[:120]!r} has {count} numbers; at most {MAX_NUMBERS} are read.")
        raw = self._stored(found[_LAYOUT], count * dtype.itemsize, path)
        made: Array = np.frombuffer(raw, dtype, count).reshape(shape).astype(dtype.newbyteorder("="))
        return made

    def text(self, name: str) -> str | None:
        """Return an attribute of the root that is text; None if there is none."""
        for message in self._messages(self._root):
            if message.kind == _ATTRIBUTE:
                found, kind, data = _attribute(message.data)
                if found == name:
                    return self._text(kind, data)
        return None

    def _take(self, start: int, n: int) -> bytes:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise ForeignFileError("the HDF5 file leads through more places than are gone to; it is damaged.")
        if start < 0 or n < 0 or start + n > len(self._data):
            raise ForeignFileError("the HDF5 file names a place that it does not have; it is cut or damaged.")
        return self._data[start : start + n]

    def _number(self, start: int, n: int = 8) -> int:
        return int.from_bytes(self._take(start, n), "little")

    def _object(self, path: str) -> int:
        """Return where the header of an object is."""
        at = self._root
        for part in path.strip("/").split("/"):
            members = self._members(at)
            if part not in members:
                raise ForeignFileError(f"the HDF5 file has no {path[:120]!r}.")
            at = members[part]
        return at

    def _messages(self, start: int) -> list[_Message]:
        """Return the messages of an object's header, those of its continuations too."""
        if self._number(start, 1) != 1:
            raise ReaderCannot("this HDF5 file is of a newer form than Keras writes; save the model again with Keras.")
        left, made = self._number(start + 2, 2), []
        blocks = [(start + 16, self._number(start + 8, 4))]
        while blocks and left > 0:
            at, size = blocks.pop(0)
            end = at + size
            while at + 8 <= end and left > 0:
                kind, length = struct.unpack("<HH", self._take(at, 4))
                data = self._take(at + 8, length)
                if kind == _MORE and length >= 16:
                    blocks.append(struct.unpack("<QQ", data[:16]))
                made.append(_Message(kind, data))
                at, left = at + 8 + length, left - 1
        return made

    def _members(self, start: int) -> dict[str, int]:
        """Return the objects in a group by name."""
        if start not in self._groups:
            self._groups[start] = self._group(start)
        return self._groups[start]

    def _group(self, start: int) -> dict[str, int]:
        table = next((message.data for message in self._messages(start) if message.kind == _SYMBOLS), b"")
        if len(table) < 16:
            raise ForeignFileError("the HDF5 file has a data set where a group should be, or a group of a newer form.")
        tree, heap = struct.unpack("<QQ", table[:16])
        if self._take(heap, 4) != b"HEAP":
            raise ForeignFileError("the HDF5 file has a group without its names; it is damaged.")
        names = self._number(heap + 24)
        return {self._name(names + offset): at for offset, at in self._entries(tree, 0)}

    def _name(self, start: int) -> str:
        end = self._data.find(b"\0", start, start + 1000)
        if end < 0:
            raise ForeignFileError("the HDF5 file has a name without an end; it is damaged.")
        return self._take(start, end - start).decode("utf-8", "replace")

    def _entries(self, start: int, depth: int) -> Iterator[tuple[int, int]]:
        """Yield the place of the name and of the header of all entries below a node of a group's tree."""
        if self._take(start, 4) == b"SNOD":
            for k in range(self._number(start + 6, 2)):
                offset, at, cached = struct.unpack("<QQI", self._take(start + 8 + 40 * k, 20))
                if cached == 2:
                    raise ReaderCannot("the HDF5 file holds links; save the model again with Keras.")
                yield offset, at
            return
        if self._take(start, 4) != b"TREE" or depth > _DEEPEST:
            raise ForeignFileError("the HDF5 file has a group whose tree is damaged.")
        for k in range(self._number(start + 6, 2)):
            yield from self._entries(self._number(start + 32 + 16 * k), depth + 1)

    def _stored(self, layout: bytes, n: int, path: str) -> bytes:
        """Return the bytes of a data set that lie in one place."""
        if layout[:2] == b"\x03\x01" and len(layout) >= 18:
            at, size = struct.unpack("<QQ", layout[2:18])
            if size >= n:
                return self._take(at, n)
        if layout[:2] == b"\x03\x00" and len(layout) >= 4 + n:
            return layout[4 : 4 + n]
        raise ReaderCannot(f"{path[:120]!r} does not lie in one piece in the file; save the model again with Keras.")

    def _text(self, kind: bytes, data: bytes) -> str | None:
        if kind[:1] and kind[0] & 15 == 3:  # text of a fixed length
            return data.rstrip(b"\0").decode("utf-8", "replace")
        if not kind[:1] or kind[0] & 15 != 9 or len(data) < 16:
            return None
        length, heap, index = struct.unpack("<IQI", data[:16])
        return self._take(self._in_heap(heap, index), length).decode("utf-8", "replace")

    def _in_heap(self, start: int, index: int) -> int:
        """Return where an object of a global heap is."""
        if self._take(start, 4) != b"GCOL":
            raise ForeignFileError("the HDF5 file has an attribute without its text; it is damaged.")
        at, end = start + 16, start + self._number(start + 8)
        while at + 16 <= end:
            found, size = self._number(at, 2), self._number(at + 8)
            if found == index:
                return at + 16
            at += 16 + (size + 7) // 8 * 8
        raise ForeignFileError("the HDF5 file has an attribute without its text; it is damaged.")


def _shape(message: bytes) -> tuple[int, ...]:
    version, rank = (message[0], message[1]) if len(message) >= 4 else (0, 0)
    start = {1: 8, 2: 4}.get(version)
    if start is None or rank > 4 or len(message) < start + 8 * rank:
        raise ForeignFileError("the HDF5 file has a data set without a shape; it is damaged.")
    return struct.unpack(f"<{rank}Q", message[start : start + 8 * rank])


def _dtype(message: bytes, path: str) -> Any:
    if len(message) >= 20 and message[0] & 15 == 1:
        size, (exponent, mantissa) = int.from_bytes(message[4:8], "little"), (message[13], message[15])
        name = _FLOATS.get((size, exponent, mantissa))
    elif len(message) >= 8 and message[0] & 15 == 0:
        size = int.from_bytes(message[4:8], "little")
        name = f"{'i' if message[1] & 8 else 'u'}{size}" if size in (1, 2, 4, 8) else None
    else:
        name = None
    if name is None:
        raise ReaderCannot(f"{path[:120]!r} does not hold numbers of float16, float32, float64 or whole ones.")
    return np.dtype((">" if message[1] & 1 else "<") + name)


def _attribute(message: bytes) -> tuple[str, bytes, bytes]:
    """Return name, type and data of an attribute."""
    if len(message) < 9:
        return "", b"", b""
    sizes = struct.unpack("<HHH", message[2:8])
    at, parts = 9 if message[0] == 3 else 8, []
    for size in sizes:
        parts.append(message[at : at + size])
        at += (size + 7) // 8 * 8 if message[0] == 1 else size
    return parts[0].rstrip(b"\0").decode("utf-8", "replace"), parts[1], message[at:]
