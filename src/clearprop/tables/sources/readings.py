"""What a column of text can be read as: numbers, dates, booleans, or labels.

One rule for every source. A column is what *all* its cells can be read as. If all but a few can be, the few are
mistakes and the first is named; if many cannot, the column holds labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clearprop.errors import UsageError, unknown_name
from clearprop.tables.columns.column import KINDS
from clearprop.tables.columns.spellings import BOOLEANS
from clearprop.tables.sources import sql

FEW = 0.05  # share of cells up to which the words in a column of numbers are mistakes
_SAMPLE = 1000

_NUMBERS = {
    "": "TRY_CAST({c} AS DOUBLE)",
    "thousands comma": (
        r"CASE WHEN regexp_full_match({c}, '[+-]?\d{{1,3}}(,\d{{3}})+(\.\d+)?') "
        "THEN TRY_CAST(replace({c}, ',', '') AS DOUBLE) ELSE TRY_CAST({c} AS DOUBLE) END"
    ),
    "decimal comma": (
        r"CASE WHEN regexp_full_match({c}, '[+-]?(\d+|\d{{1,3}}(\.\d{{3}})+)?(,\d+)?([eE][+-]?\d+)?') "
        "THEN TRY_CAST(replace(replace({c}, '.', ''), ',', '.') AS DOUBLE) END"
    ),
}
_DATES = (
    "%m/%d/%y", "%d/%m/%y", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d",
    "%d %b %Y", "%d-%b-%y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%H.%M.%S")


@dataclass(frozen=True)
class Reading:
    """One way to read text: a kind, its format, and the SQL that does it."""

    kind: str
    format: str = ""
    sql: str = ""


LABELS = Reading("boolean")  # labels of any kind; boolean if they turn out to be a pair such as no and yes


@dataclass(frozen=True)
class Text:
    """A column of text inside duckdb; NULL is a missing cell.

    `count` is how many cells one row of the relation stands for, `row` where the first of them is.
    """

    connection: sql.Connection
    relation: str
    column: str
    count: str = "1"
    row: str = "rowid"

    def total(self, readings: Sequence[Reading], limit: int | None = None) -> list[int]:
        """Return the number of cells, then for each reading the number of cells it can read."""
        source = self.relation
        if limit:
            source = f"(SELECT * FROM {source} WHERE {self.column} IS NOT NULL LIMIT {limit})"
        sums = [f"sum({self.count}) FILTER (WHERE ({self._value(reading)}) IS NOT NULL)" for reading in readings]
        sums.insert(0, f"sum({self.count}) FILTER (WHERE {self.column} IS NOT NULL)")
        found = self.connection.execute(f"SELECT {', '.join(sums)} FROM {source}").fetchone()
        return [int(value or 0) for value in found]

    def unreadable(self, reading: Reading) -> list[tuple[int, str]]:
        """Return row and text of the cells that the reading cannot read, in order."""
        value = self._value(reading)
        found = self.connection.execute(
            f"SELECT {self.row}, {self.column} FROM {self.relation} "
            f"WHERE {self.column} IS NOT NULL AND ({value}) IS NULL ORDER BY 1"
        ).fetchall()
        return [(int(row), cell) for row, cell in found]

    def _value(self, reading: Reading) -> str:
        return reading.sql.format(c=self.column)


def number(format: str = "") -> Reading:
    """Read numbers; the format is "", "decimal comma" or "thousands comma"."""
    if format not in _NUMBERS:
        raise unknown_name("number format", format, _NUMBERS)
    return Reading("number", format, _NUMBERS[format])


def date(format: str = "") -> Reading:
    """Read dates; the format is "" for ISO 8601 or in the words of strptime."""
    parsed = f"try_strptime({{c}}, {sql.text(format)})" if format else "TRY_CAST({c} AS TIMESTAMP)"
    return Reading("date", format, f"epoch({parsed})")


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


def find_reading(text: Text, numeric: int, decimal: str) -> tuple[Reading, int]:
    """Return the reading of a column in which not every cell is a plain number, and how many cells it cannot read.

    Parameters
    ----------
    numeric : int
        Number of cells that are plain numbers.
    decimal : {".", ","}
        What wins where a column can be read with decimal commas and with thousands commas alike.
    """
    commas = [number("decimal comma"), number("thousands comma")]
    candidates = [*(commas if decimal == "," else commas[::-1]), *_likely_dates(text)]
    n_cells, *n_read = text.total(candidates)
    readable = dict(zip([number(), *candidates], [numeric, *n_read], strict=True))
    best = max(readable, key=lambda reading: readable[reading])
    n_odd = n_cells - readable[best]
    if n_odd <= max(1, FEW * n_cells) and 3 * n_odd <= n_cells:
        return best, n_odd
    return LABELS, 0


def find_ambiguous(text: Text, reading: Reading) -> str:
    """Return the format with day and month swapped if that too reads every cell, else ""."""
    swapped = reading.format.translate(str.maketrans("md", "dm"))
    if reading.kind != "date" or swapped == reading.format or "%b" in reading.format or "%B" in reading.format:
        return ""
    n_cells, n_read = text.total([date(swapped)])
    return swapped if n_read == n_cells else ""


def boolean_labels(labels: Sequence[str]) -> tuple[str, str] | None:
    """Return the spellings of false and true if the labels are such a pair of words."""
    folded = {label.casefold(): label for label in reversed(labels)}
    for false, true in BOOLEANS:
        if set(folded) == {false, true}:
            return folded[false], folded[true]
    return None


def _likely_dates(text: Text) -> list[Reading]:
    formats = ["", *_CLOCKS, *(day + time for day in _DATES for time in _TIMES)]
    readings = [date(format) for format in formats]
    n_cells, *n_read = text.total(readings, limit=_SAMPLE)
    return [reading for reading, n in zip(readings, n_read, strict=True) if n and 2 * n >= n_cells]
