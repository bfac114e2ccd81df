"""CSV and TSV whose text neither a spreadsheet nor a terminal executes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from clearprop.tables.sinks.cells import as_written, without_escapes
from clearprop.tables.sinks.output import Output

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?%?")


class Delimited:
    """A sink of lines."""

    def __init__(self, file: Output, delimiter: str) -> None:
        self._file, self._delimiter, self._begun = file, delimiter, False

    def write(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Write one block, before the first of them the names."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self._delimiter, lineterminator="\n")
        if not self._begun:
            writer.writerow([inert(name) for name in columns])
            self._begun = True
        writer.writerows(zip(*map(_cells, columns.values()), strict=True))
        self._file.write(text.getvalue().encode())

    def finish(self) -> None:
        """Nothing is left to be written."""

    def close(self) -> None:
        """Nothing was needed beside the file."""


def inert(text: str) -> str:
    """Return text that a spreadsheet takes for text: with an apostrophe before a sign with which a formula begins.

    Examples
    --------
    >>> inert("=1+1"), inert("-7"), inert("a=b")
    ("'=1+1", '-7', 'a=b')
    """
    shown = without_escapes(text)
    formula = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{shown}" if formula else shown


def _cells(values: NDArray[Any]) -> list[Any]:
    cells = as_written(values)
    if values.dtype.kind not in "OSU":
        return cells
    distinct = {cell: inert(cell) for cell in set(cells) if isinstance(cell, str)}
    return [distinct.get(cell, cell) for cell in cells]
