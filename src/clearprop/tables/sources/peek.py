"""The first bytes of a file, and what a reader needs before it reads: its library, a bound on its size."""

from __future__ import annotations

import gzip
import zlib
from importlib import import_module
from pathlib import Path
from typing import Any

from clearprop.errors import DataError
from clearprop.tables.sources.encoding import open_binary

_HEAD = 4096


def first_bytes(path: Path) -> bytes:
    """Return how a file begins, unpacked if it is gzipped."""
    try:
        with open_binary(path) as file:
            return file.read(_HEAD)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path.name} cannot be decompressed: {error}. Fetch or compress it anew.") from None


def library(name: str, path: Path, what: str, extra: str) -> Any:
    """Import the library that reads a format.

    Raises
    ------
    DataError
        If it is not installed; the message says how to install it.
    """
    try:
        return import_module(name)
    except ImportError:
        raise DataError(
            f"{path.name} is {what}, which {name.partition('.')[0]} reads, and it is not installed; "
            f"pip install 'clearprop[{extra}]', or save the table as CSV."
        ) from None


def unreadable(path: Path, what: str, error: object) -> DataError:
    """Build the error for a file that its reader could not make sense of."""
    said = " ".join(str(error).split()) or type(error).__name__
    return DataError(f"{path.name} cannot be read as {what}: {said}. Save it anew, or as CSV.")
