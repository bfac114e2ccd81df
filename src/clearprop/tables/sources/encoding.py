"""How the letters of a text file are encoded."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from clearprop.errors import DataError, UsageError
from clearprop.tables.sources.bounded import blocks

UNICODE = ("utf-8", "utf-8-sig")
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16-be",
}  # fmt: skip
_GZIP = b"\x1f\x8b"


def open_binary(path: Path) -> IO[bytes]:
    """Open a file, decompressing it if it is gzipped."""
    return cast(IO[bytes], gzip.open(path, "rb")) if is_gzipped(path) else path.open("rb")


def open_text(path: Path, encoding: str) -> IO[str]:
    """Open a file as text, decompressing it if it is gzipped; line ends are left as they are."""
    file = open_binary(path)
    if encoding == "utf-16-be":
        file.read(2)  # the byte order mark, which Python's codec takes for a letter
    return io.TextIOWrapper(file, encoding=encoding, newline="")


def is_gzipped(path: Path) -> bool:
    """Return whether the file begins as gzip files do."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def find_encoding(path: Path, told: str | None = None) -> tuple[str, list[str]]:
    """Return the encoding of a file, and a note where it was guessed.

    Raises
    ------
    DataError
        If it is not text, damaged, or not in the encoding that was told.
    UsageError
        If there is no such encoding.
    """
    try:
        return (_told(path, told), []) if told else _look_through(path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path.name} cannot be decompressed: {error}. Fetch or compress it anew.") from None


def _told(path: Path, encoding: str) -> str:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        known = "utf-8, utf-16, latin-1, cp1252, cp1251"
        raise UsageError(f"there is no encoding {encoding!r}; some are {known}.") from None
    line = 1
    with open_binary(path) as file:
        for block in blocks(file, path.name):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                line += error.object.count(b"\n", 0, error.start)
                problem = f"{path.name}:{line} is not {encoding}: {error.reason}"
                raise DataError(f"{problem}. Name another encoding.") from None
            line += block.count(b"\n")
    return encoding


def _look_through(path: Path) -> tuple[str, list[str]]:
    with open_binary(path) as file:
        head = file.read(4)
        file.seek(0)
        for bom, encoding in _BOMS.items():
            if head.startswith(bom):
                for _ in blocks(file, path.name):
                    pass  # within bounds
                return encoding, []
        return _check_utf8(path.name, file)


def _check_utf8(name: str, file: IO[bytes]) -> tuple[str, list[str]]:
    decoder, line, utf8 = codecs.getincrementaldecoder("utf-8")(), 1, True
    bad_line = 0
    for block in blocks(file, name):
        if (at := block.find(b"\0")) >= 0:
            line += block.count(b"\n", 0, at)
            raise DataError(
                f"{name}:{line} holds a NUL byte, so this is not a text file or it is damaged. "
                "Write it anew as UTF-8 text, or name its encoding, such as --encoding utf-16-le."
            )
        if utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                utf8, bad_line = False, line + error.object.count(b"\n", 0, error.start)
        line += block.count(b"\n")
    if utf8:
        return "utf-8", []
    cure = "--encoding names another, such as cp1251"
    return "latin-1", [f"{name} is not UTF-8 (first at line {bad_line}); it was read as Latin-1; {cure}."]


def text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 file (Latin-1 if it is none), gzipped or not, each within bounds."""
    with open_binary(path) as file:
        yield from _lines(file, path.name)


def _lines(file: IO[bytes], source: str) -> Iterator[str]:
    rest = b""
    for block in blocks(file, source):
        *whole, rest = (rest + block).split(b"\n")
        yield from map(_decoded, whole)
    if rest:
        yield _decoded(rest)


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("latin-1")
