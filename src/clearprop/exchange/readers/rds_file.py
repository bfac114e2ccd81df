"""Files of R (.rds, .RData; gzip or plain), in binary form or written as text."""

from __future__ import annotations

import math
import re
import zlib
from typing import Any

import numpy as np

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.readers.bounded import MAX_FILE_BYTES
from clearprop.exchange.readers.r_text import is_dput, read_dput
from clearprop.exchange.readers.rds import Unserialiser

_MOST_BYTES = 1 << 27


def is_r(data: bytes) -> bool:
    """Return whether bytes, unpacked as far as need be, begin as R's serialisation or a workspace does."""
    head = _head(data)
    return head.startswith((b"X\n", b"A\n", b"RDX", b"RDA")) or is_dput(data)


def _head(data: bytes) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data[:5]
    try:
        return zlib.decompressobj(31).decompress(data[:4096], 5)
    except zlib.error:
        return b""


def read_r(data: bytes) -> Any:
    """Return the object of an .rds, or the only network of a workspace.

    Raises
    ------
    ForeignFileError
        If it is damaged, or larger than is read.
    ReaderCannot
        If it is of another form, such as that of a machine's memory.
    """
    if is_dput(data):
        return read_dput(data)
    if data[:2] == b"\x1f\x8b":
        data = _unzipped(data)
    if data.startswith((b"RDX2\n", b"RDX3\n")):
        data = data[5:]
    if data.startswith((b"RDA2\n", b"RDA3\n")):
        data = data[5:]
    if not data.startswith((b"X\n", b"A\n")):
        raise ReaderCannot("this file of R is of a form that is not read; write it with saveRDS(m, file) and no more.")
    try:
        return (Unserialiser if data.startswith(b"X") else _OfText)(data).object()
    except RecursionError:
        raise ForeignFileError("the file of R holds objects too deep within one another.") from None


def _unzipped(data: bytes) -> bytes:
    limit = min(_MOST_BYTES, MAX_FILE_BYTES)
    try:
        unzip = zlib.decompressobj(31)
        made = unzip.decompress(data, limit)
    except zlib.error as error:
        raise ForeignFileError(f"the gzip file is damaged: {error}.") from None
    if unzip.unconsumed_tail:
        raise ForeignFileError(f"the file unpacks to more than {limit} bytes, the most that are read.")
    return made


class _OfText(Unserialiser):
    """The same written as text (ascii=TRUE): each number is a line, of 16 digits or in base 16.

    NA of whole numbers is the least one, as in binary form.
    """

    def _line(self) -> bytes:
        end = self.data.find(b"\n", self.at)
        if end < 0 or end - self.at > _LONGEST_LINE:
            raise ForeignFileError("the file of R ends early, or is damaged.")
        line = self.data[self.at : end].strip()
        self.at = end + 1
        return line

    def _int(self) -> int:
        line = self._line()
        if line == b"NA":
            return -(2**31)
        if not re.fullmatch(rb"-?\d{1,10}", line):
            raise ForeignFileError(f"the file of R must have a whole number here, got {line[:20]!r}.")
        return int(line)

    def _values(self, kind: int, n: int) -> Any:
        if kind in (10, 13):
            return np.array([self._int() for _ in range(n)], np.int64)
        if kind == 24:
            for _ in range(n):
                self._line()
            return np.zeros(n, np.int64)
        made = np.array([self._float() for _ in range(n * (2 if kind == 15 else 1))])
        return made[::2] + 1j * made[1::2] if kind == 15 else made

    def _float(self) -> float:
        line = self._line()
        if line == b"NA":
            return math.nan
        word = line.decode("ascii", "replace")
        try:
            return float.fromhex(word) if "0x" in word else float(word)
        except (ValueError, OverflowError):
            raise ForeignFileError(f"the file of R must have a number here, got {word[:20]!r}.") from None

    def _letters(self, n: int) -> bytes:
        """Return n letters, of which blanks and those beyond ASCII are written as \\n, \\040 or \\303."""
        made = _ESCAPED.sub(lambda found: _unescaped(found[1]), self._line()) if n else self._line()[:0]
        if len(made) != n:
            raise ForeignFileError("the file of R holds text of another length than it says.")
        return made


def _unescaped(what: bytes) -> bytes:
    return bytes([int(what, 8) & 255]) if what.isdigit() else _SIGNS.get(what, what)


_LONGEST_LINE = 1 << 20
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)")
_SIGNS = {b"n": b"\n", b"t": b"\t", b"v": b"\v", b"b": b"\b", b"r": b"\r", b"f": b"\f", b"a": b"\a"}
