"""What a column of text can be read as: numbers, dates, booleans, or labels.

One rule for every source; `deciding.py` chooses among the readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from clearprop.errors import UsageError, unknown_name
from clearprop.tables.columns.column import KINDS
from clearprop.tables.columns.spellings import BOOLEANS, NA_OF_PROGRAMS
from clearprop.tables.sources import date_formats, sql
from clearprop.tables.sources.durations import DURATION, EXPRESSION
from clearprop.tables.sources.merging import CODES, Merged, merged_in
from clearprop.tables.sources.number_formats import NumberFormat

SAMPLE = 1000  # cells that are looked at to find formats


@dataclass(frozen=True)
class Reading:
    """One way to read text: a kind, its format, the SQL that does it, and words that are missing cells to it."""

    kind: str
    format: str = ""
    sql: str = ""
    missing: tuple[str, ...] = ()


LABELS = Reading("boolean")  # labels of any kind; boolean if they turn out to be a pair such as no and yes


class Cells(Protocol):
    """A column of text, wherever its cells are, as it answers what decides on its reading."""

    def total(self, readings: Sequence[Reading]) -> list[int]:
        """Return the number of cells, then for each reading the number of cells it can read."""
        ...

    def unreadable(self, reading: Reading) -> list[tuple[int, str]]:
        """Return row and text of the cells that the reading cannot read, in order, words for a missing cell aside."""
        ...

    def odd_words(self, reading: Reading, most: int) -> dict[str, int]:
        """Return at most so many of the different cells that the reading cannot read, and how often each occurs."""
        ...

    def merged(self, reading: Reading, exact: bool) -> Merged | None:
        """Return two different cells that become one number, None if there are none; see `merged_in`."""
        ...

    def code(self) -> str | None:
        """Return a cell that may be a code, such as 007, None if there is none."""
        ...


@dataclass(frozen=True)
class Text:
    """A column of text inside duckdb; NULL is a missing cell."""

    connection: sql.Connection
    relation: str
    column: str

    def total(self, readings: Sequence[Reading]) -> list[int]:
        """Return the number of cells, then for each reading the number of cells it can read."""
        counts = [f"count({self.column})", *(f"count({self._value(reading)})" for reading in readings)]
        return list(self.connection.execute(f"SELECT {', '.join(counts)} FROM {self.relation}").fetchone())

    def unreadable(self, reading: Reading) -> list[tuple[int, str]]:
        """Return row and text of the cells that the reading cannot read, in order, words for a missing cell aside."""
        found = self.connection.execute(
            f"SELECT rowid, {self.column} FROM {self.relation} WHERE {self._odd(reading)} ORDER BY 1"
        ).fetchall()
        return [(int(row), cell) for row, cell in found]

    def odd_words(self, reading: Reading, most: int) -> dict[str, int]:
        """Return at most so many of the different cells that the reading cannot read, and how often each occurs."""
        found = self.connection.execute(
            f"SELECT {self.column}, count(*) FROM {self.relation} WHERE {self._odd(reading)} "
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"
        ).fetchall()
        return {cell: int(n) for cell, n in found}

    def merged(self, reading: Reading, exact: bool) -> Merged | None:
        """Return two different cells that become one number, None if there are none; see `merged_in`."""
        return merged_in(self.connection, self.relation, self.column, self._value(reading), exact)

    def code(self) -> str | None:
        """Return a cell that may be a code, such as 007, None if there is none."""
        where = CODES.format(c=self.column)
        found = self.connection.execute(f"SELECT min({self.column}) FROM {self.relation} WHERE {where}").fetchone()
        return None if found is None else found[0]

    def sample(self, most: int = SAMPLE) -> list[str]:
        """Return different cells, at most so many."""
        found = self.connection.execute(
            f"SELECT DISTINCT {self.column} FROM {self.relation} WHERE {self.column} IS NOT NULL LIMIT {most}"
        ).fetchall()
        return [cell for (cell,) in found]

    def _odd(self, reading: Reading) -> str:
        words = ", ".join(map(sql.text, (*NA_OF_PROGRAMS, *reading.missing)))
        return f"{self.column} IS NOT NULL AND {self.column} NOT IN ({words}) AND ({self._value(reading)}) IS NULL"

    def _value(self, reading: Reading) -> str:
        return reading.sql.format(c=self.column)


def number(format: str = "") -> Reading:
    """Read numbers; the format is that of a `NumberFormat`, such as "decimal comma"."""
    if format == DURATION:
        return Reading("number", format, EXPRESSION)
    found = NumberFormat.parse(format)
    return Reading("number", format, found.expression, found.missing)


def date(format: str = "") -> Reading:
    """Read dates; the format is "" for ISO 8601 or in the words of strptime, of several of them one after the other."""
    return Reading("date", format, date_formats.expression(format))


def required(spec: str) -> Reading:
    """Return the reading that a spec such as "number", "category" or "date:%d/%m/%Y" asks for."""
    kind, _, format = spec.partition(":")
    if kind not in KINDS:
        raise unknown_name("kind of column", kind, KINDS)
    if kind == "number":
        return number(format)
    if kind == "date":
        return date(format)
    if format:
        raise UsageError(f"a {kind} column has no format, got {spec!r}; write {kind!r}.")
    return Reading(kind)


def boolean_labels(labels: Sequence[str]) -> tuple[str, str] | None:
    """Return the spellings of false and true if the labels are such a pair of words."""
    folded = {label.casefold(): label for label in reversed(labels)}
    for false, true in BOOLEANS:
        if set(folded) == {false, true}:
            return folded[false], folded[true]
    return None
