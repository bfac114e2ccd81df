"""Text that is read within bounds: no line and no unpacked file may fill the memory before it is refused."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from clearprop.errors import DataError
from clearprop.tables.sources import limits

_BLOCK = 1 << 20
_BEST_RATIO = 1032


def blocks(file: IO[bytes], source: str, size: int = _BLOCK) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked by the block.

    Raises
    ------
    DataError
        At a line longer than `limits.LINE`, or when more than `limits.UNPACKED` has come.
    """
    in_line = total = 0
    n_lines = 1
    while block := file.read(size):
        total += len(block)
        end = block.rfind(b"\n")
        in_line = in_line + len(block) if end < 0 else len(block) - end - 1
        n_lines += block.count(b"\n")
        if in_line > limits.LINE:
            raise DataError(
                f"{source}:{n_lines} is a line of more than {limits.size(limits.LINE)}, longer than a row may be. "
                "Are the line ends missing?"
            )
        if total > limits.UNPACKED:
            raise DataError(f"{source} unpacks to more than {limits.size(limits.UNPACKED)}; split the file.")
        yield block


def unpacked_size(path: Path, most: int) -> int:
    """Return to how many bytes a zip file unpacks; counting ends above `most`.

    What its directory says is believed only as far as the packed bytes could bear it: deflate packs 1032 to 1 at best.
    """
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        said = sum(entry.file_size for entry in entries)
        if said > most or path.stat().st_size * _BEST_RATIO * max(1, len(entries)) <= most:
            return said
        return sum(_counted(path, entry.header_offset, entry.compress_size, most) for entry in entries)


def _counted(path: Path, offset: int, packed: int, most: int) -> int:
    """Unpack one member of a zip by the block and count its bytes."""
    total = 0
    with path.open("rb") as file:
        file.seek(offset)
        head = file.read(30)
        method, name, extra = (int.from_bytes(head[at : at + 2], "little") for at in (8, 26, 28))
        file.seek(name + extra, 1)
        if method != zipfile.ZIP_DEFLATED:
            return packed
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        while packed > 0 and total <= most and not unpacking.eof:
            data = file.read(min(packed, _BLOCK))
            packed -= len(data) or packed
            while data and total <= most:
                total += len(unpacking.decompress(data, _BLOCK))
                data = unpacking.unconsumed_tail
    return total
