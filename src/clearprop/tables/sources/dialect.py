"""How a text file of rows is written: encoding, delimiter, header, names."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from clearprop.errors import DataError
from clearprop.tables.columns.names import unique_names

DELIMITERS = (",", ";", "\t", "|")

_SAMPLE_RECORDS = 200
_BLOCK = 1 << 20
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_GZIP = b"\x1f\x8b"
_FOREIGN = {
    b"PAR1": "a Parquet file, but not called .parquet",
    b"PK\x03\x04": "a zip or Excel file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
    b"<!do": "a page of HTML",
    b"<!DO": "a page of HTML",
    b"<htm": "a page of HTML",
}


@dataclass(frozen=True)
class Dialect:
    """Everything one needs to know to read the file."""

    path: Path
    encoding: str
    delimiter: str
    has_header: bool
    names: tuple[str, ...]
    notes: tuple[str, ...]
    blank_start: bool = False

    @property
    def gzipped(self) -> bool:
        """Whether the file is compressed."""
        return is_gzipped(self.path)

    def reader(self, lines: Iterator[str]) -> Any:
        """Return a csv reader over lines of text."""
        return csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True, strict=True)

    def open(self) -> IO[str]:
        """Open the file as text; line ends are left as they are."""
        return open_text(self.path, self.encoding)


def find_dialect(path: Path, delimiter: str | None = None, header: bool | None = None) -> Dialect:
    """Look through the file once and say how it is written.

    Raises
    ------
    DataError
        If it is empty, binary, or holds NUL bytes.
    """
    encoding, notes = _find_encoding(path)
    with open_text(path, encoding) as file:
        sample = _sample(file)
    if not sample.strip():
        raise DataError(f"{path.name} is empty; expected a first line of column names and then one line per row.")
    delimiter = delimiter or ("\t" if ".tsv" in path.suffixes else _find_delimiter(sample))
    records = _records(sample, delimiter)
    has_header = not all(_is_number(field) for field in records[0]) if header is None else header
    raw = records[0] if has_header else [""] * len(records[0])
    names, renamed = unique_names(raw)
    if not has_header:
        renamed = [f'The first line holds numbers, not names; the columns are called "{names[0]}" to "{names[-1]}".']
    blank_start = sample.startswith(("\n", "\r"))
    return Dialect(path, encoding, delimiter, has_header, names, (*notes, *renamed), blank_start)


def open_binary(path: Path) -> IO[bytes]:
    """Open a file, decompressing it if it is gzipped."""
    return cast(IO[bytes], gzip.open(path, "rb")) if is_gzipped(path) else path.open("rb")


def open_text(path: Path, encoding: str) -> IO[str]:
    """Open a file as text, decompressing it if it is gzipped."""
    return io.TextIOWrapper(open_binary(path), encoding=encoding, newline="")


def is_gzipped(path: Path) -> bool:
    """Return whether the file begins as gzip files do."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _find_encoding(path: Path) -> tuple[str, list[str]]:
    try:
        return _look_through(path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path.name} cannot be decompressed: {error}. Fetch or compress it anew.") from None


def _look_through(path: Path) -> tuple[str, list[str]]:
    with open_binary(path) as file:
        head = file.read(4)
        for magic, what in _FOREIGN.items():
            if head.startswith(magic):
                raise DataError(f"{path.name} is {what}, not text; rename it, or save it as CSV or Parquet.")
        for bom, encoding in _BOMS.items():
            if head.startswith(bom):
                return encoding, []
        file.seek(0)
        return _check_utf8(path.name, file)


def _check_utf8(name: str, file: IO[bytes]) -> tuple[str, list[str]]:
    decoder, line, utf8 = codecs.getincrementaldecoder("utf-8")(), 1, True
    bad_line = 0
    while block := file.read(_BLOCK):
        if (at := block.find(b"\0")) >= 0:
            line += block.count(b"\n", 0, at)
            raise DataError(
                f"{name}:{line} holds a NUL byte, so this is not a text file or it is damaged. "
                "Write it anew as UTF-8 text."
            )
        if utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                utf8, bad_line = False, line + error.object.count(b"\n", 0, error.start)
        line += block.count(b"\n")
    if utf8:
        return "utf-8", []
    return "latin-1", [f"{name} is not UTF-8 (first at line {bad_line}); it was read as Latin-1."]


def _sample(file: IO[str]) -> str:
    return "".join(islice(file, 4 * _SAMPLE_RECORDS))


def _records(sample: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True):
            if record:
                records.append(record)
            if len(records) == _SAMPLE_RECORDS:
                break
    except csv.Error:
        pass  # the reading proper names the line
    return records or [[sample]]


def _find_delimiter(sample: str) -> str:
    """Take the delimiter that cuts most records into as many fields as the first; of equals the one that cuts more."""

    def score(delimiter: str) -> tuple[bool, float, int]:
        records = _records(sample, delimiter)
        width = len(records[0])
        agreeing = sum(len(record) == width for record in records) / len(records)
        return width > 1 and agreeing > 0.5, agreeing if width > 1 else 0.0, width

    return max(DELIMITERS, key=score)


def _is_number(field: str) -> bool:
    try:
        float(field.replace(",", "."))
    except ValueError:
        return False
    return True
