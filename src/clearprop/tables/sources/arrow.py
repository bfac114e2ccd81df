"""Feather, Arrow IPC (files and streams) and ORC, read by pyarrow where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from clearprop.tables.sources.frames import read_frame
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.pandas_index import without_index
from clearprop.tables.sources.peek import library, unreadable
from clearprop.tables.table import Table


def read_arrow(path: Path, options: Options) -> Table:
    """Read a Feather file (1 or 2), an Arrow IPC file or an Arrow IPC stream."""
    return _read(path, "pyarrow.feather", "a Feather or Arrow file", _open, options)


def read_orc(path: Path, options: Options) -> Table:
    """Read an ORC file."""
    return _read(path, "pyarrow.orc", "an ORC file", lambda orc, path: orc.read_table(path), options)


def _open(feather: Any, path: Path) -> Any:
    import pyarrow as pa

    with path.open("rb") as file:
        is_stream = file.read(4) == b"\xff" * 4
    if not is_stream:
        return feather.read_table(path)
    with pa.ipc.open_stream(str(path)) as stream:
        return stream.read_all()


def _read(path: Path, module: str, what: str, opened: Callable[[Any, Path], Any], options: Options) -> Table:
    reader = library(module, path, what, "arrow")
    import pyarrow as pa

    try:
        table = opened(reader, path)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, what, error) from None
    kept, notes = without_index(table.column_names, (table.schema.metadata or {}).get(b"pandas"), options)
    found = read_frame(table.select(kept), options, path.name)
    return replace(found, notes=(*found.notes, *notes))
