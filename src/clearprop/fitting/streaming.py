"""Tables on disk: when a file is streamed, and how its rows are encoded block by block."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import UsageError
from clearprop.tables import ReadOptions, StreamedTable, Table, read_table, stays_on_disk, stream_table
from clearprop.training import Rows, store

Array = NDArray[Any]

BLOCK_ROWS = 1 << 16
PASSING_ROWS = 1 << 14  # of rows that are answered and forgotten; their text takes more memory than their numbers
STREAM_ABOVE = 256 << 20  # bytes of the file
ONCE_ABOVE = 16 << 20
_ONCE: dict[str, Any] = {"memory": "40MB", "memory_after": "12MB"}
_STREAMED = (".csv", ".tsv", ".txt", ".parquet", ".pq")


def open_table(source: Any, stream: bool | None, *, once: bool = False, **options: Unpack[ReadOptions]) -> Table:
    """Read a table, or open it on disk if that is asked for or, with `stream` None, its file is large.

    Parameters
    ----------
    once : bool
        Whether the rows are answered and forgotten: then smaller files too stay on disk, and little memory is taken.

    Raises
    ------
    UsageError
        If what is to be streamed is no CSV, TSV or Parquet file.
    """
    if isinstance(source, Table):
        return source
    is_file = isinstance(source, str | Path) and Path(source).name.removesuffix(".gz").lower().endswith(_STREAMED)
    if stream and not is_file:
        raise UsageError(f"stream=True needs the path of a CSV, TSV or Parquet file, got {type(source).__name__}.")
    large = (
        is_file
        and stream is None
        and os.path.isfile(source)
        and Path(source).stat().st_size > (ONCE_ABOVE if once else STREAM_ABOVE)
    )
    large = large and stays_on_disk(Path(source))
    if not (stream or large):
        return read_table(source, **options)
    return stream_table(source, **options, **(_ONCE if once else {}))


def closing(table: Table, source: Any) -> AbstractContextManager[Any]:
    """Return a context at whose end a table that was streamed from a source is removed from the disk."""
    lent = isinstance(source, StreamedTable)  # whoever opened it closes it
    return table if isinstance(table, StreamedTable) and not lent else nullcontext()


def encode_rows(
    table: Table, rows: NDArray[np.int64], n_columns: int, encode: Callable[[Table, NDArray[np.int64]], Rows]
) -> Rows:
    """Encode some rows of a table: at once in memory, or block by block into a file where the table is on disk."""
    if not isinstance(table, StreamedTable):
        return encode(table.take(rows), rows)
    return store((encode(table.take(block), block) for block in blocks(rows)), n_columns)


def take_rows(table: Table, rows: NDArray[np.int64]) -> Table:
    """Return the table of some ascending rows, in memory."""
    if not isinstance(table, StreamedTable):
        return table.take(rows)
    parts = [table.take(block) for block in blocks(rows)]
    origins = [part.origin for part in parts if part.origin is not None]
    columns = {
        name: replace(column, values=np.concatenate([part.columns[name].values for part in parts]))
        for name, column in parts[0].columns.items()
    }
    return replace(parts[0], columns=columns, n_rows=len(rows), origin=np.concatenate(origins))


def in_blocks(table: Table) -> Iterator[Table]:
    """Yield a table that is in memory as it is, and one on disk block by block."""
    if not isinstance(table, StreamedTable):
        yield table
        return
    for rows in blocks(len(table), PASSING_ROWS):
        yield table.take(rows)


def blocks(rows: NDArray[np.int64] | int, size: int = BLOCK_ROWS) -> Iterator[NDArray[np.int64]]:
    """Yield ascending rows, or so many, in groups that lie within `size` of one another."""
    if isinstance(rows, int):
        yield from (np.arange(start, min(start + size, rows)) for start in range(0, rows, size))
        return
    if not len(rows):
        return
    ends = np.arange(rows[0] // size + 1, rows[-1] // size + 1) * size
    parts = np.split(rows, np.searchsorted(rows, ends))  # of millions of rows nothing else is of their number
    yield from (part for part in parts if len(part))


def gathered(parts: Iterable[tuple[Array, Array]], n_rows: int) -> tuple[Array, Array]:
    """Return targets (n_rows,) and outputs (n_rows, n_out) that come part by part, in two arrays that are filled.

    Class codes take 4 bytes each: of millions of rows the two are what is in memory.
    """
    y, a, at = np.empty(0), np.empty((0, 0)), 0
    for some_y, some_a in parts:
        if not at:
            codes = np.int32 if some_y.dtype.kind == "i" else some_y.dtype
            y, a = np.empty(n_rows, codes), np.empty((n_rows, some_a.shape[1]), some_a.dtype)
        y[at : at + len(some_y)], a[at : at + len(some_y)] = some_y, some_a
        at += len(some_y)
    return y, a
