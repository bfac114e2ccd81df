"""open_sink: where rows go, by what a name ends in.

To add a format, write a `Sink` in a file of its own and add a line to `_SINKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from clearprop.errors import UsageError
from clearprop.tables.sinks.delimited import Delimited
from clearprop.tables.sinks.json_lines import JsonLines
from clearprop.tables.sinks.output import Output
from clearprop.tables.sinks.parquet import Parquet

Columns = Mapping[str, NDArray[Any]]
"""Names and cells (n_rows,) of one block; every block has the same names and dtypes."""


class Sink(Protocol):
    """Rows on their way into a file that is open already."""

    def write(self, columns: Columns) -> None:
        """Write one block."""

    def finish(self) -> None:
        """Write what can only be written at the end."""

    def close(self) -> None:
        """Remove what the sink needed beside the file, finished or not."""


_SINKS: dict[str, Callable[[Output], Sink]] = {
    ".csv": lambda file: Delimited(file, ","),
    ".tsv": lambda file: Delimited(file, "\t"),
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
    ".parquet": Parquet,
    ".pq": Parquet,
}


def check_ending(out: str | Path, option: str = "--out") -> None:
    """Refuse a name by which no format is known, before any work is done."""
    ending = Path(out).suffix.lower()
    if ending not in _SINKS:
        known = ", ".join(_SINKS)
        raise UsageError(f"{option} {out} ends in {ending or 'nothing'!r}; a table is written as {known}.")


@contextmanager
def open_sink(out: str | Path, file: Output) -> Iterator[Sink]:
    """Yield the sink into an open file for the format that a name ends in; what is left is written at the end."""
    check_ending(out)
    with closing(_SINKS[Path(out).suffix.lower()](file)) as sink:
        yield sink
        sink.finish()
