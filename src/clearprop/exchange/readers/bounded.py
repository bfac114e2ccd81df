"""Reading what may be hostile: nothing is read before its size is known, and nothing is executed."""

from __future__ import annotations

import io
import math
import os
import re
import stat
import zipfile
from pathlib import Path

import numpy as np

from clearprop.errors import ForeignFileError
from clearprop.exchange.foreign import MAX_NUMBERS as MAX_NUMBERS
from clearprop.exchange.foreign import Array

MAX_FILE_BYTES = 1 << 30
MAX_TEXT_BYTES = 1 << 28
MAX_MEMBERS = 20_000
MAX_LAYERS = 1000
MAX_COLUMNS = 1 << 22

_NPY_DTYPE = rb"<f[248]|[<|][iu][1248]|\|b1|<U\d{1,4}"
_NPY = re.compile(
    rb"\{'descr': '(" + _NPY_DTYPE + rb")', 'fortran_order': (True|False), 'shape': \(((?:\d{1,12},? ?)*)\), \} *\n"
)


def read_bytes(path: str | Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """Return the bytes of a regular file.

    Raises
    ------
    ForeignFileError
        If it is none, cannot be read, or is larger than the limit.
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit:
                raise ForeignFileError(f"{path} has {size} bytes; at most {limit} of such a file are read.")
            return file.read(limit)
    except OSError as error:
        raise ForeignFileError(
            f"{path} could not be read: {error.strerror or error}; check its name and place."
        ) from None


def open_regular(path: str | Path) -> io.BufferedReader:
    """Open a file, but no folder, device or pipe, which might never end."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ForeignFileError(f"{path} is not a regular file.")
    return open(path, "rb")


def text_of(data: bytes, what: str) -> str:
    """Return bytes as UTF-8 text of a bounded length.

    Raises
    ------
    ForeignFileError
        If they are none, or too many.
    """
    if len(data) > MAX_TEXT_BYTES:
        raise ForeignFileError(f"{what} has {len(data)} bytes; at most {MAX_TEXT_BYTES} of text are read.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ForeignFileError(f"{what} should be text in UTF-8, and is not.") from None


class Archive:
    """A zip file whose members are read only up to the sizes it says, all of them together up to a limit."""

    def __init__(self, data: bytes, what: str) -> None:
        self.what = what
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
            raise ForeignFileError(f"{what} should be a zip archive: {error}.") from None
        if len(infos) > MAX_MEMBERS:
            raise ForeignFileError(f"{what} has {len(infos)} members; at most {MAX_MEMBERS} are read.")
        total = sum(info.file_size for info in infos)
        if total > MAX_FILE_BYTES:
            raise ForeignFileError(f"{what} unpacks to {total} bytes; at most {MAX_FILE_BYTES} are read.")
        self._infos = {info.filename: info for info in infos}
        if len(self._infos) < len(infos):
            raise ForeignFileError(f"{what} holds a member twice.")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its members."""
        return tuple(self._infos)

    def read(self, name: str, limit: int = MAX_FILE_BYTES) -> bytes:
        """Return the bytes of a member.

        Raises
        ------
        ForeignFileError
            If there is none, it is damaged, encrypted, or larger than the limit.
        """
        info = self._infos.get(name)
        if info is None:
            raise ForeignFileError(f"{self.what} has no member {name[:80]!r}.")
        if info.file_size > limit:
            raise ForeignFileError(
                f"{name[:80]!r} in {self.what} has {info.file_size} bytes; at most {limit} are read."
            )
        try:
            with self._zip.open(info) as file:
                data = file.read(info.file_size + 1)
        except Exception as error:  # zipfile, zlib, bz2 and lzma each have errors of their own
            raise ForeignFileError(f"{name[:80]!r} in {self.what} is damaged: {error}.") from None
        if len(data) != info.file_size:
            raise ForeignFileError(f"{name[:80]!r} in {self.what} is not as long as the archive says.")
        return data


def npy_array(data: bytes, what: str) -> Array:
    """Return the array of an .npy file, of numbers or text; objects, which are pickles, are refused.

    Raises
    ------
    ForeignFileError
        If it is no sound one.
    """
    start = 10 + int.from_bytes(data[8:10], "little")
    header = _NPY.fullmatch(data[10:start]) if data[:8] == b"\x93NUMPY\x01\x00" else None
    if header is None:
        raise ForeignFileError(f"{what} should be an array of NumPy: of numbers or text, in version 1 of its format.")
    dtype = np.dtype(header[1].decode())
    shape = tuple(int(size) for size in re.findall(rb"\d+", header[3]))
    if math.prod(shape) * dtype.itemsize != len(data) - start:
        raise ForeignFileError(f"{what} should hold {dtype} of shape {shape}, and has {len(data) - start} bytes.")
    flat = np.frombuffer(data, dtype, math.prod(shape), start)
    return flat.reshape(shape, order="F" if header[2] == b"True" else "C")


def floats(words: list[str], what: str) -> Array:
    """Return words as float64.

    Raises
    ------
    ForeignFileError
        If one is no number.
    """
    if len(words) > MAX_NUMBERS:
        raise ForeignFileError(f"{what} has {len(words)} numbers; at most {MAX_NUMBERS} are read.")
    try:
        return np.array([float(word) for word in words], np.float64)
    except ValueError as error:
        raise ForeignFileError(f"{what} should be numbers: {str(error)[:120]}.") from None


def whole_number(word: str, low: int, high: int, what: str) -> int:
    """Return a word as a whole number within bounds.

    Raises
    ------
    ForeignFileError
        If it is none.
    """
    digits = word.strip()
    if not digits.lstrip("-").isdecimal() or len(digits) > 12 or not low <= int(digits) <= high:
        raise ForeignFileError(f"{what} must be a whole number from {low} to {high}, got {word[:40]!r}.")
    return int(digits)


def spelled(text: str) -> str:
    """Return text of a file, fit for a message: without characters that move a terminal's cursor."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
