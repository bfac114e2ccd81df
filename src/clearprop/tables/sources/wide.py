"""Text of many columns and few rows, read record by record: to duckdb each column is work, however few its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.columns.cells import missing_words
from clearprop.tables.columns.column import Column, category
from clearprop.tables.columns.names import counted
from clearprop.tables.columns.spellings import AROUND, DOUBTFUL, NA
from clearprop.tables.sources.bad_rows import BadRows
from clearprop.tables.sources.blanks import in_doubt, in_quotes, padded_first, remark
from clearprop.tables.sources.choosing import Rules, Tally, choose
from clearprop.tables.sources.counted import Counted
from clearprop.tables.sources.deciding import Signs, signs_of
from clearprop.tables.sources.dialect import Dialect
from clearprop.tables.sources.encoding import is_gzipped
from clearprop.tables.sources.labelled import classes_of, from_labels
from clearprop.tables.sources.merging import may_be_code
from clearprop.tables.sources.number_formats import NumberFormat, plain_number
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.readings import SAMPLE, boolean_labels
from clearprop.tables.sources.records import line_finder, records, repeats_names
from clearprop.tables.sources.staged import FEW_PLAIN, MOST_CLASSES

FEWEST_COLUMNS = 50
_DOUBTFUL = frozenset(DOUBTFUL)
BYTES_A_COLUMN, MOST_BYTES = 50_000, 1 << 29
_PACKED = 5  # times smaller, about, is a gzipped file


def is_wide(path: Path, n_columns: int, fewest: int | None = None) -> bool:
    """Return whether a text file has many columns (more than `fewest`) and few rows."""
    size = path.stat().st_size * (_PACKED if is_gzipped(path) else 1)
    fewest = FEWEST_COLUMNS if fewest is None else fewest
    return n_columns > fewest and size <= min(MOST_BYTES, n_columns * BYTES_A_COLUMN)


@dataclass(frozen=True)
class Wide:
    """The numbers of a file, column by column, and what else is known of its cells; it answers as `Staged` does.

    Attributes
    ----------
    values : array (n_columns, n_rows)
        NaN where a cell is missing or no plain number.
    tallies : array (4, n_columns) of int
        The numbers of a `Tally`.
    grouped : array (n_columns,) of bool
        Whether every point may part thousands: three digits follow it.
    rows : callable
        Returns an iterator over the records that are rows.
    missing, told : frozenset of str
        Spellings of a missing cell: all, and those that the user named.
    in_quotes : callable
        Whether a label stands in quotes in the file.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    tallies: NDArray[np.int64]
    grouped: NDArray[np.bool_]
    rows: Callable[[], Iterator[list[str]]]
    missing: frozenset[str]
    told: frozenset[str]
    in_quotes: Callable[[str], bool]
    notes: tuple[str, ...] = ()
    texts: dict[int, Column] = field(default_factory=dict)
    words: dict[int, Counter[str]] = field(default_factory=dict)  # read as missing, which may be labels
    padded: set[int] = field(default_factory=set)  # of these, the columns with blanks around a cell

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.values.shape[1])

    def empty_rows(self) -> NDArray[np.int64]:
        """Return the rows without any cell."""
        doubtful: NDArray[np.bool_] = np.atleast_1d(np.isnan(self.values).all(axis=0))
        empty = [
            row
            for row, fields in zip(range(self.n_rows), self.rows() if doubtful.any() else iter(()), strict=False)
            if doubtful[row] and all(cell.strip(AROUND) in self.missing for cell in fields)
        ]
        return np.array(empty, dtype=np.int64)

    def signs(self, rules: Rules) -> Signs:
        """Decide for all columns together which mark parts the decimals."""
        cells, numeric, pointed = self.tallies[:3]

        def sample(indices: NDArray[np.int64]) -> list[list[str]]:
            return [list(map(str, column.labels[:SAMPLE])) for column in self._text_of(indices).values()]

        def plain() -> list[list[str]]:
            return sample(np.flatnonzero((numeric == cells) & (pointed > 0))[:FEW_PLAIN])

        samples = sample(np.flatnonzero(numeric < cells))
        return signs_of(samples, rules.decimal, rules.told_decimal, rules.dates, plain)

    def columns(self, rules: Rules) -> tuple[dict[str, Column], list[str]]:
        """Read every column, and say what was assumed."""
        texts = self._text_of(self._unclear(rules, self.signs(rules)))
        signs = self.signs(rules)
        columns: dict[str, Column] = {}
        notes: list[str] = []
        for index, name in enumerate(self.names):
            if index in texts:
                columns[name], assumed = self._read(index, texts[index], rules, signs)
                notes += assumed
            else:
                columns[name] = Column(name, "number", self.values[index], integer=not self.tallies[2, index])
        return columns, notes

    def classes(self, options: Options) -> tuple[Column | None, list[str]]:
        """Return the cells of the target as labels of classes, and what is to be said of them."""
        if options.target not in self.names:
            return None, []
        place = self.names.index(options.target)
        written = [fields[place] for fields in self.rows()]
        counts = Counter(cell for cell in written if cell.strip(AROUND))
        if len(counts) > MOST_CLASSES:
            return None, []

        def codes(classes: Sequence[str]) -> NDArray[np.int32]:
            code_of = {label: code for code, label in enumerate(classes)}
            stripped = all(label == label.strip(AROUND) for label in classes)
            return np.array([code_of.get(cell.strip(AROUND) if stripped else cell, -1) for cell in written], np.int32)

        return classes_of(options, counts, codes)

    def _unclear(self, rules: Rules, signs: Signs) -> NDArray[np.int64]:
        """Return the columns of which more must be known than their numbers."""
        cells, numeric, pointed, codes = self.tallies
        required = np.array([rules.spec(name) not in (None, "number") for name in self.names])
        parted = self.grouped & (pointed > 0) & ((pointed < cells) | (signs.decimal == ","))
        if signs.sure and signs.decimal == ".":
            parted[:] = False
        return np.flatnonzero(required | (numeric < cells) | (codes > 0) | parted)

    def _read(self, index: int, text: Column, rules: Rules, signs: Signs) -> tuple[Column, list[str]]:
        name, labels = self.names[index], [str(label) for label in text.labels]
        tally = Tally(*self.tallies[:, index].tolist())
        cells = Counted(labels, text.values, lambda: rules.connection)
        reading, notes = choose(cells, name, tally, labels[:SAMPLE], rules, signs)
        if not reading.sql:
            if rules.spec(name) == "category":
                written = self._written(index, self.told)
                return from_labels(name, list(written.labels), written.values, reading), notes
            if rules.spec(name) is None and name != rules.target:
                written, said = self._in_doubt(index, text)
                return from_labels(name, list(map(str, written.labels)), written.values, reading), [*notes, *said]
            return from_labels(name, labels, text.values, reading), notes
        by_label = np.array([*cells.values(reading), None], dtype=np.float64)  # of None NaN
        whole = reading.kind == "number" and not NumberFormat.parse(reading.format).has_decimals(tally.pointed)
        return Column(name, reading.kind, by_label[text.values], format=reading.format, integer=whole), notes

    def _text_of(self, indices: NDArray[np.int64]) -> dict[int, Column]:
        """Return columns as they are written; the file is read again for those that are not known yet."""
        wanted = [index for index in indices.tolist() if index not in self.texts]
        known: list[dict[str, int]] = [{} for _ in wanted]
        codes = np.empty((len(wanted), self.n_rows), dtype=np.int32)
        for row, fields in zip(range(self.n_rows), self.rows() if wanted else iter(()), strict=False):
            written = [fields[index] for index in wanted]
            cells = [cell.strip(AROUND) for cell in written]
            if cells != written:
                self.padded.update(i for i, one, bare in zip(wanted, written, cells, strict=True) if one != bare)
            if not _DOUBTFUL.isdisjoint(cells):
                for index, cell in zip(wanted, cells, strict=True):
                    if cell in _DOUBTFUL:
                        self.words.setdefault(index, Counter())[cell] += 1
            codes[:, row] = [
                -1 if cell in self.missing else seen.setdefault(cell, len(seen))
                for cell, seen in zip(cells, known, strict=True)
            ]
        for place, index in enumerate(wanted):
            self.texts[index] = Column(self.names[index], "category", codes[place], tuple(known[place]))
        return {index: self.texts[index] for index in indices.tolist()}

    def _in_doubt(self, index: int, text: Column) -> tuple[Column, list[str]]:
        """Return a column of labels, with the blanks that tell them apart, and what is to be said of it."""
        name, notes = self.names[index], []
        if index in self.padded:
            written = self._written(index, self.missing)
            pair = _pair(written.labels)
            apart = pair is not None and self.in_quotes(pair[0])
            notes = [remark(name, pair, apart)] if pair is not None else []
            text = written if apart else text
        of_two = all(re.fullmatch("[A-Z]{2}", label.strip(AROUND), re.ASCII) for label in text.labels)
        return text, [*notes, *missing_words(name, in_doubt(self.words.get(index, Counter()), of_two))]

    def _written(self, index: int, missing: frozenset[str]) -> Column:
        """Return a column of labels as they are written."""
        written = [fields[index] for fields in self.rows()]
        return category("", [None if cell.strip(AROUND) in missing else cell for cell in written])


def _pair(labels: Sequence[str]) -> tuple[str, str] | None:
    """Return two labels that differ by blanks only, None where there are none, or all are words such as no and yes."""
    written: dict[str, list[str]] = {}
    for label in labels:
        written.setdefault(label.strip(AROUND), []).append(label)
    two = [(max(some), min(some)) for some in written.values() if len(some) > 1]
    return padded_first(*min(two)) if two and boolean_labels(list(written)) is None else None


def read_wide(dialect: Dialect, options: Options, bad: BadRows) -> Wide:
    """Read the numbers of a file; `bad` is told of records that are no rows."""
    missing = frozenset(("", *NA, *options.na))
    numbers = _Numbers(len(dialect.names), missing, bool(options.na))
    lines, n_repeated = [], 0
    for record in records(dialect):
        if record.problem:
            bad.add_line(record.line, record.problem, record.text)
        elif _repeats(dialect, record.fields):
            n_repeated += 1
        else:
            numbers.add(record.fields)
            lines.append(record.line)

    def rows() -> Iterator[list[str]]:
        return (r.fields for r in records(dialect) if not r.problem and not _repeats(dialect, r.fields))

    bad.line_of = line_finder(dialect, np.array(lines, dtype=np.int64))
    again = (f"{counted(n_repeated, 'line')} that repeat the names left out.",) if n_repeated else ()
    values = np.ascontiguousarray(np.array(numbers.rows).T) if lines else np.empty((len(dialect.names), 0))
    return Wide(
        dialect.names,
        values,
        numbers.tallies,
        numbers.grouped,
        rows,
        missing,
        frozenset(("", *options.na)),
        partial(in_quotes, dialect),
        again,
    )


def _repeats(dialect: Dialect, fields: Sequence[str]) -> bool:
    if not repeats_names(dialect) or fields[0].strip() != dialect.names[0]:
        return False
    return [cell.strip() for cell in fields] == list(dialect.names)


class _Numbers:
    """Records as numbers, and the tallies of their columns."""

    def __init__(self, n_columns: int, missing: frozenset[str], told: bool) -> None:
        self.rows: list[NDArray[np.float64]] = []
        self.tallies = np.zeros((4, n_columns), dtype=np.int64)
        self.grouped = np.ones(n_columns, dtype=bool)
        self._missing, self._told = missing, told

    def add(self, fields: Sequence[str]) -> None:
        """Read one record."""
        cells = [written.strip(AROUND) for written in fields]
        values, present = self._plain(cells) or self._careful(cells)
        pointed = np.array(["." in cell for cell in cells]) & present
        self.grouped &= ~pointed | np.array([cell[-4:-3] == "." for cell in cells])
        codes = [index for index in np.flatnonzero(present & ~pointed).tolist() if may_be_code(cells[index])]
        self.rows.append(values)
        self.tallies[:3] += present, ~np.isnan(values), pointed
        self.tallies[3, codes] += 1

    def _plain(self, cells: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
        """Return the numbers of a record of nothing else, None of any other."""
        together = "".join(cells)
        if not together.isascii() or "_" in together or (self._told and not self._missing.isdisjoint(cells)):
            return None
        try:
            values = np.array(list(map(float, cells)))
        except ValueError:
            return None
        return values, ~np.isnan(values)

    def _careful(self, cells: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        present = [cell not in self._missing for cell in cells]
        numbers = [plain_number(cell) if there else None for cell, there in zip(cells, present, strict=True)]
        return np.array(numbers, dtype=np.float64), np.array(present)
