"""Pipes and standard input: what can be read once only goes into a temporary file, which can be looked through."""

from __future__ import annotations

import atexit
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from clearprop.errors import DataError
from clearprop.tables.sources import limits

_BLOCK = 1 << 20
_STDIN = ("-", "/dev/stdin", "/dev/fd/0")


def as_file(path: Path) -> Path:
    """Return a path that can be read more than once: itself, or the file into which a pipe or "-" was written.

    The file stays until the process ends, as lines are named from it; standard input gives the same rows whenever it is
    asked for.
    """
    if str(path) in _STDIN and not path.is_file():
        return _standard_input()
    if path.is_fifo():
        with path.open("rb") as pipe:
            return _spooled(pipe, "pipe")
    return path


@cache
def _standard_input() -> Path:
    with open(sys.stdin.fileno(), "rb", closefd=False) as file:  # it is not ours to close
        return _spooled(file, "stdin")


def _spooled(pipe: IO[bytes], name: str) -> Path:
    folder = TemporaryDirectory(prefix="clearprop-")
    atexit.register(folder.cleanup)
    left = limits.UNPACKED
    with (Path(folder.name) / name).open("wb") as file:
        while block := pipe.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise DataError(f"{name} gave more than {limits.size(limits.UNPACKED)}; save it to a file.")
            file.write(block)
    return Path(file.name)
