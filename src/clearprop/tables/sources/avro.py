"""Avro container files, read by fastavro."""

from __future__ import annotations

from pathlib import Path

from clearprop.errors import DataError
from clearprop.tables.sources.frames import read_columns
from clearprop.tables.sources.json_files import records_as_columns
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.peek import library, unreadable
from clearprop.tables.table import Table


def read_avro(path: Path, options: Options) -> Table:
    """Read an .avro file whose records are rows."""
    fastavro = library("fastavro", path, "an Avro file", "avro")
    try:
        with path.open("rb") as file:
            records = list(fastavro.reader(file))
    except (ValueError, EOFError, KeyError, IndexError, OverflowError, ImportError) as error:
        raise unreadable(path, "Avro", error) from None
    if not all(isinstance(record, dict) for record in records):
        raise DataError(f"{path.name} holds values, not records; a row must be a record with named fields.")
    columns, notes = records_as_columns(records)
    return read_columns(path.name, columns, options, notes)
