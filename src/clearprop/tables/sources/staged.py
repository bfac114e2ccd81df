"""From text inside duckdb to columns of numbers and codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.columns.classes import from_written, spelled_classes
from clearprop.tables.columns.column import Column
from clearprop.tables.sources import sql
from clearprop.tables.sources.deciding import Decision, Signs, decide, decide_plain, signs_of
from clearprop.tables.sources.merging import CODES, keep_apart
from clearprop.tables.sources.number_formats import NumberFormat
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.readings import SAMPLE, Reading, Text, boolean_labels, number, required

OnBad = Callable[[int, str, str, str], None]
"""What to do with a cell that cannot be read: (row, column, text, kind it should have)."""

MOST_CLASSES = 10_000  # different cells of a target; more are amounts, or names
CHUNK = 100  # columns of one relation and of one query; duckdb slows down and runs out of stack far above that
_ROWS_AT_ONCE = 1 << 18
_FEW_ROWS = 10_000
_DIGIT = re.compile(r"\d")  # without one a label is neither number nor date


@dataclass(frozen=True)
class Rules:
    """How text is to be read: required kinds by name ("*" for all others), and the sign of decimals.

    `exact` says that text was typed as text, as in Python and Parquet: no two cells that differ may become one number,
    while in a text file 2.5 and 2.50 are the same.
    """

    kinds: Mapping[str, str]
    decimal: str
    on_bad: OnBad
    na: Sequence[str] = ()
    told_decimal: bool = False
    dates: str = ""
    exact: bool = False

    @cached_property
    def connection(self) -> sql.Connection:
        """A duckdb for labels that are in memory."""
        return sql.connect()

    def spec(self, name: str) -> str | None:
        """Return the required kind of a column, if any."""
        return self.kinds.get(name, self.kinds.get("*"))


@dataclass(frozen=True)
class Staged:
    """Columns of text c0, c1, ... inside duckdb, `CHUNK` of them in each relation cells0, cells1, ...

    NULL is a missing cell.
    """

    connection: sql.Connection
    names: tuple[str, ...]
    n_rows: int
    notes: tuple[str, ...] = ()
    sampled: dict[int, tuple[list[Tally], dict[int, list[str]]]] = field(default_factory=dict)

    @property
    def chunks(self) -> list[range]:
        """The columns of each relation."""
        n = len(self.names)
        return [range(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]

    def text(self, index: int) -> Text:
        """Return one column as text."""
        return Text(self.connection, f"cells{index // CHUNK}", f"c{index}")

    def empty_rows(self) -> NDArray[np.int64]:
        """Return the rows without any cell."""
        n_empty_chunks = np.zeros(self.n_rows, dtype=np.int32)
        for k, chunk in enumerate(self.chunks):
            nothing = " AND ".join(f"c{i} IS NULL" for i in chunk)
            found = self.connection.execute(f"SELECT rowid AS r FROM cells{k} WHERE {nothing}").fetchnumpy()["r"]
            n_empty_chunks[found] += 1
        return np.flatnonzero(n_empty_chunks == len(self.chunks))

    def columns(self, rules: Rules) -> tuple[dict[str, Column], list[str]]:
        """Read every column, and say what was assumed."""
        columns: dict[str, Column] = {}
        notes: list[str] = []
        signs = self.signs(rules)
        for chunk in self.chunks:
            shells = self.shells(chunk, rules, signs, notes)
            values = self._values(shells)
            labels = self._labels({index: reading for index, (reading, _) in shells.items() if not reading.sql})
            for index, (reading, shell) in shells.items():
                columns[shell.name] = replace(shell, values=values[f"c{index}"]) if reading.sql else labels[index]
        return columns, notes

    def signs(self, rules: Rules) -> Signs:
        """Decide for all columns together which mark parts the decimals."""
        doubtful = (list(self._samples(chunk).values()) for chunk in self.chunks)
        return signs_of(
            [sample for part in doubtful for sample in part], rules.decimal, rules.told_decimal, rules.dates
        )

    def _samples(self, chunk: range) -> dict[int, list[str]]:
        """Return different cells of every column of a chunk in which some cell is no plain number."""
        if chunk.start not in self.sampled:
            tallies = self._tallies(chunk)
            doubtful = [i for i, tally in zip(chunk, tallies, strict=True) if tally.numeric < tally.cells]
            self.sampled[chunk.start] = tallies, self._sample(doubtful)
        return self.sampled[chunk.start][1]

    def _sample(self, indices: Sequence[int]) -> dict[int, list[str]]:
        """Return different cells of columns of one chunk, from its first rows; from anywhere where these are empty."""
        if not indices:
            return {}
        cells = ", ".join(f"c{i}" for i in indices)
        relation = f"cells{indices[0] // CHUNK}"
        rows = self.connection.execute(f"SELECT {cells} FROM {relation} LIMIT {SAMPLE}").fetchall()
        found = {
            i: list(dict.fromkeys(cell for cell in column if cell is not None))
            for i, column in zip(indices, zip(*rows, strict=True), strict=True)
        }
        return {i: sample or self.text(i).sample() for i, sample in found.items()}

    def classes(self, options: Options) -> tuple[Column | None, list[str]]:
        """Return the cells of the target as labels of classes, and what is to be said of them; None if they are many.

        A spelling of a missing cell is one here too, unless so many cells say it that it must be a class.
        """
        if options.target not in self.names:
            return None, []
        counted = "SELECT written, count(*) FROM written WHERE written IS NOT NULL GROUP BY 1 ORDER BY min(rowid)"
        found = self.connection.execute(f"{counted} LIMIT {MOST_CLASSES + 1}").fetchall()
        if len(found) > MOST_CLASSES:
            return None, []
        counts = dict(found)
        asked = options.kinds.get(options.target) == "category"
        classes, notes = spelled_classes(options.target, counts, options.na, asked)
        column = Column(options.target, "category", self._codes(classes), tuple(classes))
        return (column if asked else from_written(column)), notes

    def _codes(self, classes: Sequence[str]) -> NDArray[np.int32]:
        """Return the code of each cell of the target, −1 for none of the classes; no cell becomes a Python object."""
        if not classes:
            return np.full(self.n_rows, -1, dtype=np.int32)
        listed = ", ".join(map(sql.text, classes))
        query = (
            f"SELECT CAST(enum_code(TRY_CAST(written AS ENUM({listed}))) AS INTEGER) AS c FROM written ORDER BY rowid"
        )
        found: NDArray[np.int32] = np.ma.filled(self.connection.execute(query).fetchnumpy()["c"].astype(np.int32), -1)
        return found

    def shells(self, chunk: range, rules: Rules, signs: Signs, notes: list[str]) -> dict[int, tuple[Reading, Column]]:
        """Decide how each column is read; the columns hold no values yet."""
        samples, tallies = self._samples(chunk), self.sampled[chunk.start][0]
        if not signs.sure or signs.decimal == ",":
            comma = signs.decimal == ","
            told = [comma or tally.pointed < tally.cells for tally in tallies]  # 3.753 beside 182 may be thousands
            pointed = [i for i, tally, some in zip(chunk, tallies, told, strict=True) if some and tally.pointed]
            pointed = [i for i in pointed if i not in samples]
            samples = samples | self._sample(pointed)
        found = {}
        for index, tally in zip(chunk, tallies, strict=True):
            name = self.names[index]
            reading, assumed = choose(self.text(index), name, tally, samples.get(index, []), rules, signs)
            whole = reading.kind == "number" and not NumberFormat.parse(reading.format).has_decimals(tally.pointed)
            found[index] = reading, Column(name, reading.kind, np.empty(0), format=reading.format, integer=whole)
            notes += assumed
        return found

    def _labels(self, readings: dict[int, Reading]) -> dict[int, Column]:
        """Read the columns of labels of one chunk."""
        known: dict[int, dict[str | None, int]] = {index: {None: -1} for index in readings}
        codes = {index: np.empty(self.n_rows, dtype=np.int32) for index in readings}
        select = ", ".join(f"c{index}" for index in readings)
        for start in range(0, self.n_rows if readings else 0, _ROWS_AT_ONCE):
            fetched = self._fetch(select, next(iter(readings)), start, start + _ROWS_AT_ONCE)
            for index, seen in known.items():
                cells = fetched[f"c{index}"].tolist()  # of a masked array: None where it is masked
                codes[index][start : start + len(cells)] = [seen.setdefault(cell, len(seen) - 1) for cell in cells]
        return {
            index: from_labels(
                self.names[index], [str(label) for label in list(seen)[1:]], codes[index], readings[index]
            )
            for index, seen in known.items()
        }

    def _fetch(self, select: str, index: int, start: int = 0, stop: int | None = None) -> dict[str, Any]:
        rows = "" if stop is None else f" WHERE rowid >= {start} AND rowid < {stop}"
        found = self.connection.execute(f"SELECT {select} FROM cells{index // CHUNK}{rows}").fetchnumpy()
        return dict(found)

    def _values(self, shells: dict[int, tuple[Reading, Column]]) -> dict[str, NDArray[Any]]:
        wanted = {f"c{index}": reading.sql for index, (reading, _) in shells.items() if reading.sql}
        if not wanted:
            return {}
        found = self._fetch(", ".join(f"{sql.format(c=c)} AS {c}" for c, sql in wanted.items()), min(shells))
        return {name: np.ma.filled(array.astype(np.float64, copy=False), np.nan) for name, array in found.items()}

    def _tallies(self, chunk: range) -> list[Tally]:
        """Count in every column of a chunk; of few rows all at once, as hundreds of counts take long to plan."""
        counts = (
            f"count({{c}}), count({number().sql}), count(*) FILTER (WHERE contains({{c}}, '.')), "
            f"count(*) FILTER (WHERE {CODES})"
        )
        if 0 < self.n_rows <= _FEW_ROWS:
            cells, places = ", ".join(f"c{i}" for i in chunk), f"unnest(range({len(chunk)}))"
            below = f"SELECT unnest([{cells}]) AS c, {places} AS i FROM cells{chunk.start // CHUNK}"
            query = f"SELECT {counts.format(c='c')} FROM ({below}) GROUP BY i ORDER BY i"
            return [Tally(*found) for found in self.connection.execute(query).fetchall()]
        sums = ", ".join(counts.format(c=f"c{i}") for i in chunk)
        found = self.connection.execute(f"SELECT {sums} FROM cells{chunk.start // CHUNK}").fetchone()
        return [Tally(*found[4 * k : 4 * k + 4]) for k in range(len(chunk))]


@dataclass(frozen=True)
class Tally:
    """How many cells of a column are not missing, are plain numbers, have a point, and may be codes such as 007."""

    cells: int
    numeric: int
    pointed: int
    codes: int = 0


def choose(
    text: Text, name: str, tally: Tally, sample: Sequence[str], rules: Rules, signs: Signs
) -> tuple[Reading, list[str]]:
    """Return how to read a column, after telling `rules.on_bad` of each cell that cannot be read so."""
    spec = rules.spec(name)
    if spec is not None:
        reading = required(spec)
        decision = Decision(reading, tally.cells - text.total([reading])[1] if reading.sql else 0)
    elif tally.numeric == tally.cells:
        decision = decide_plain(name, sample, signs)
    else:
        decision = decide(name, text, sample, tally.numeric, signs)
    if spec is None and (rules.exact or tally.codes) and decision.reading.kind == "number":
        decision = keep_apart(name, text, decision, rules.exact)
    if decision.n_odd:
        for row, cell in text.unreadable(decision.reading):
            rules.on_bad(row, name, cell, decision.reading.kind)
    return decision.reading, list(decision.notes)


def read_labels(column: Column, rules: Rules) -> tuple[Column, list[str]]:
    """Read a category column as whatever kind its labels have as text."""
    name, codes = column.name, column.values
    labels = [str(label) for label in column.labels]
    present = [
        label for label, n in zip(labels, np.bincount(codes[codes >= 0], minlength=len(labels)), strict=True) if n
    ]
    if rules.spec(name) == "category" or (rules.spec(name) is None and not any(map(_DIGIT.search, labels))):
        return as_labels(name, labels, codes, required(rules.spec(name) or "boolean"), rules)
    text = _stage_labels(rules.connection, labels, codes)
    numeric = text.total([number()])[1]
    tally = Tally(len(column) - int(column.missing.sum()), numeric, sum("." in label for label in labels))

    def on_bad(_: int, name: str, label: str, kind: str) -> None:
        for row in np.flatnonzero(codes == labels.index(label)).tolist():
            rules.on_bad(row, name, label, kind)

    signs = signs_of([present], rules.decimal, rules.told_decimal, rules.dates)
    reading, notes = choose(text, name, tally, present[:SAMPLE], replace(rules, on_bad=on_bad), signs)
    if not reading.sql:
        column, said = as_labels(name, labels, codes, reading, rules)
        return column, [*notes, *said]
    query = f"SELECT {reading.sql.format(c='c0')} AS c FROM (SELECT unnest($1::VARCHAR[]) AS c0)"
    parsed = rules.connection.execute(query, [labels]).fetchnumpy()["c"]
    by_label = np.append(np.ma.filled(parsed.astype(np.float64), np.nan), np.nan)
    whole = reading.kind == "number" and not NumberFormat.parse(reading.format).has_decimals(tally.pointed)
    return Column(name, reading.kind, by_label[codes], format=reading.format, integer=whole), notes


def as_labels(
    name: str, labels: Sequence[str], codes: NDArray[np.int32], reading: Reading, rules: Rules
) -> tuple[Column, list[str]]:
    """Return labels as they are, or a pair such as no and yes as booleans, unless that would make one of two labels."""
    column = from_labels(name, labels, codes, reading)
    if column.kind != "boolean" or not rules.exact or rules.spec(name) is not None or len(set(labels)) == 2:
        return column, []
    spelled = [label for label in labels if label not in column.labels]
    note = f'Column "{name}": "{spelled[0]}" is a label of its own; --kind "{name}=boolean" reads two words.'
    return Column(name, "category", codes, tuple(labels)), [note]


def _stage_labels(connection: sql.Connection, labels: Sequence[str], codes: NDArray[np.int32]) -> Text:
    """Bring labels into duckdb, with how often and where first each occurs."""
    used, first, counts = np.unique(codes[codes >= 0], return_index=True, return_counts=True)
    rows = np.flatnonzero(codes >= 0)[first]
    connection.execute(
        "CREATE OR REPLACE TABLE labels AS "
        "SELECT unnest($1::VARCHAR[]) AS c0, unnest($2::BIGINT[]) AS n, unnest($3::BIGINT[]) AS r",
        [[labels[code] for code in used], counts.tolist(), rows.tolist()],
    )
    return Text(connection, "labels", "c0", "n", "r")


def from_labels(name: str, labels: Sequence[str], codes: NDArray[np.int32], reading: Reading) -> Column:
    """Build a category or, if the labels are a pair such as no and yes and no kind was required, a boolean column."""
    used = np.unique(codes[codes >= 0]).tolist()
    pair = boolean_labels([labels[code] for code in used])
    if pair is None or reading.kind == "category":
        return Column(name, "category", codes, tuple(labels))
    of_code = [float(label.casefold() == pair[1].casefold()) for label in labels] + [np.nan]
    return Column(name, "boolean", np.array(of_code)[codes], pair)
