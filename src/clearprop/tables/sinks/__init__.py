"""Tables that are written: a block of columns at a time, in the format that the name of the file ends in."""

from clearprop.tables.sinks.sink import Columns, Sink, check_ending, open_sink

__all__ = ["Columns", "Sink", "check_ending", "open_sink"]
