"""Tables: read a file, learn its schema, encode it to numbers and back. See README.md."""

from clearprop.tables.columns.column import Column
from clearprop.tables.columns.describe import ColumnSummary, describe
from clearprop.tables.columns.task import guess_task
from clearprop.tables.learn import learn_schema
from clearprop.tables.schema import Schema
from clearprop.tables.sources.formats import stays_on_disk
from clearprop.tables.sources.options import ReadOptions
from clearprop.tables.sources.read import read_table
from clearprop.tables.sources.source import Source
from clearprop.tables.sources.stream import StreamedTable, shuffled_blocks, stream_table
from clearprop.tables.split import Split, split
from clearprop.tables.table import Table

__all__ = [
    "Column",
    "ColumnSummary",
    "ReadOptions",
    "Schema",
    "Source",
    "Split",
    "StreamedTable",
    "Table",
    "describe",
    "guess_task",
    "learn_schema",
    "read_table",
    "shuffled_blocks",
    "split",
    "stays_on_disk",
    "stream_table",
]
