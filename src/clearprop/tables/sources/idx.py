"""IDX files, in which MNIST and its like are kept: pictures in one file, labels in another beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError
from clearprop.tables.sources.encoding import open_binary
from clearprop.tables.sources.frames import array_columns, assemble
from clearprop.tables.sources.options import Options
from clearprop.tables.table import Table

_KINDS = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_MOST_DIMENSIONS = 4


def is_idx(head: bytes) -> bool:
    """Return whether a file begins with two zeros, a kind of number and a number of dimensions."""
    return head[:2] == b"\0\0" and len(head) > 7 and head[2] in _KINDS and 1 <= head[3] <= _MOST_DIMENSIONS


def read_idx(path: Path, options: Options) -> Table:
    """Read pictures (n, ...) as rows of numbers x0, x1, ...; their labels, from the file beside it, are column "y"."""
    array = _read(path)
    if array.ndim == 1:
        return assemble(path.name, array_columns("y", array), options)
    raw = array_columns("x", array.reshape(len(array), -1))
    beside = _labels_beside(path)
    if beside is None:
        return assemble(path.name, raw, options)
    labels = _read(beside)
    if labels.shape != array.shape[:1]:
        raise DataError(
            f"{path.name} has {len(array)} rows, {beside.name} has {labels.shape}; they belong to two sets."
        )
    table = assemble(path.name, [*raw, *array_columns("y", labels)], options)
    return replace(table, target="y", notes=(*table.notes, f'Column "y" comes from {beside.name}.'))


def _labels_beside(path: Path) -> Path | None:
    """Return the file of labels that is called as the file of pictures, "labels" for "images" and 1 for its 3."""
    name = path.name
    for old, new in (("images-idx3", "labels-idx1"), ("images.idx3", "labels.idx1"), ("images", "labels")):
        beside = path.with_name(name.replace(old, new))
        if old in name and beside.is_file():
            return beside
    return None


def _read(path: Path) -> NDArray[Any]:
    with open_binary(path) as file:
        head = file.read(4)
        if not is_idx(head + bytes(4)):
            raise DataError(f"{path.name} is not an IDX file; it begins with {head.hex(' ')}.")
        shape = tuple(int(size) for size in np.frombuffer(_exactly(path, file, 4 * head[3]), ">u4"))
        kind = np.dtype(_KINDS[head[2]])
        cells = np.frombuffer(_exactly(path, file, int(np.prod(shape, dtype=object)) * kind.itemsize), kind)
        if file.read(1):
            raise DataError(f"{path.name} holds more than the {shape} numbers it announces; fetch it anew.")
    return cells.reshape(shape).astype(kind.newbyteorder("="))


def _exactly(path: Path, file: IO[bytes], n: int) -> bytes:
    """Read n bytes, of which no more is asked for at once than there may be."""
    parts, missing = [], n
    while missing:
        part = file.read(min(missing, 1 << 24))
        if not part:
            raise DataError(f"{path.name} ends {missing} bytes before the end it announces; fetch it anew.")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
