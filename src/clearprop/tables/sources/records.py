"""Records of a text file, one by one, with their lines: for naming places and for setting bad rows aside."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.columns.names import counted
from clearprop.tables.sources.dialect import BLANKS, Dialect


@dataclass(frozen=True)
class Record:
    """One record: its first line, its text and fields, and why it is bad ("" if it is not)."""

    line: int
    text: str
    fields: list[str]
    problem: str = ""


def records(dialect: Dialect) -> Iterator[Record]:
    """Yield every record after the header; blank lines are none."""
    with dialect.open() as file:
        lines = _Remembering(file, dialect)
        reader = dialect.reader(lines)
        header_due, units_due = dialect.has_header, dialect.has_units
        while True:
            record = _next(reader, lines, dialect)
            if record is None:
                return
            if not record.fields and not record.problem:
                if len(dialect.names) > 1 or header_due:
                    continue
                record = Record(record.line, record.text, [""])
            if header_due:
                header_due = False
                continue
            if units_due:
                units_due = False
                continue
            yield record


def line_finder(dialect: Dialect, kept: NDArray[np.int64] | None = None) -> Callable[[int], int]:
    """Return a function from the number of a sound record to its line; the file is read again when first asked.

    Parameters
    ----------
    kept : array, optional
        Lines of the records, where they are known.
    """

    @lru_cache(maxsize=1)
    def lines() -> NDArray[np.int64]:
        return kept if kept is not None else np.fromiter((record.line for record in records(dialect)), dtype=np.int64)

    return lambda row: int(lines()[row])


def written_delimiter(dialect: Dialect) -> str:
    """Return the delimiter of the sound copy of a file."""
    return "," if dialect.delimiter == BLANKS else dialect.delimiter


def write_sound(dialect: Dialect, path: Path, on_bad: Callable[[int, str, str], None]) -> tuple[NDArray[np.int64], int]:
    """Write the sound records as plain UTF-8 CSV; `on_bad` gets line, problem and text of the others.

    Returns
    -------
    array, int
        The lines of the sound records, and how many lines repeat the names: they are no rows.
    """
    lines, n_repeated = [], 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=written_delimiter(dialect), quoting=csv.QUOTE_ALL, lineterminator="\n")
        for record in records(dialect):
            if record.problem:
                on_bad(record.line, record.problem, record.text)
            elif repeats_names(dialect) and [field.strip() for field in record.fields] == list(dialect.names):
                n_repeated += 1
            else:
                writer.writerow(record.fields)
                lines.append(record.line)
    return np.array(lines, dtype=np.int64), n_repeated


def repeats_names(dialect: Dialect) -> bool:
    """Return whether a record that is the names again can be told from a row."""
    return dialect.has_header and len(dialect.names) > 1


class _Remembering:
    """The lines of a file that may be rows; they know their numbers, and the text since they were last asked."""

    def __init__(self, file: Any, dialect: Dialect) -> None:
        self._lines = enumerate(file, start=1)
        self._skipped, self._comment = dialect.skipped, dialect.comment
        self._seen = [""]
        self.first = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for number, line in self._lines:
            if number <= self._skipped or (self._comment and line.startswith(self._comment)):
                continue
            self.first = self.first or number
            self._seen.append(line)
            return str(line)
        raise StopIteration

    def text(self) -> str:
        """Return the text since the last question."""
        text = "".join(self._seen)
        self._seen.clear()
        self.first = 0
        return text.rstrip("\r\n")


def _next(reader: Any, lines: _Remembering, dialect: Dialect) -> Record | None:
    lines.text()
    try:
        fields = next(reader)
    except StopIteration:
        return None
    except csv.Error as error:
        return Record(lines.first, lines.text(), [], f"the quotes do not close properly ({error})")
    width = len(dialect.names)
    if len(fields) == width + 1 and not fields[-1]:
        fields = fields[:-1]  # one delimiter at the end of the line
    problem = f"{counted(len(fields), 'field')}, expected {width}" if fields and len(fields) != width else ""
    return Record(lines.first, lines.text(), fields, problem)
