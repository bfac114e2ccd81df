"""From text inside duckdb to columns of numbers and codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.columns.column import Column, category
from clearprop.tables.columns.spellings import AROUND
from clearprop.tables.sources import sql
from clearprop.tables.sources.blanks import Written, keep_blanks
from clearprop.tables.sources.choosing import Rules, Tally, choose
from clearprop.tables.sources.counted import Counted
from clearprop.tables.sources.deciding import Signs, signs_of
from clearprop.tables.sources.labelled import classes_of, from_labels
from clearprop.tables.sources.merging import CODES
from clearprop.tables.sources.number_formats import NumberFormat
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.readings import SAMPLE, Cells, Reading, Text, number

MOST_CLASSES = 10_000  # different cells of a target; more are amounts, or names
CHUNK = 100  # columns of one relation and of one query; duckdb slows down and runs out of stack far above that
FEW_PLAIN = 20  # columns of plain numbers that are asked for the mark of decimals
_ROWS_AT_ONCE = 1 << 18
_FEW_ROWS = 10_000


@dataclass(frozen=True)
class Staged:
    """Columns of text c0, c1, ... inside duckdb, `CHUNK` of them in each relation cells0, cells1, ...

    NULL is a missing cell.
    """

    connection: sql.Connection
    names: tuple[str, ...]
    n_rows: int
    notes: tuple[str, ...] = ()
    written: Written | None = None
    sampled: dict[int, tuple[list[Tally], dict[int, list[str]]]] = field(default_factory=dict)
    counted: dict[int, Counted] = field(default_factory=dict)

    @property
    def chunks(self) -> list[range]:
        """The columns of each relation."""
        n = len(self.names)
        return [range(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]

    def text(self, index: int) -> Text:
        """Return one column as text."""
        return Text(self.connection, f"cells{index // CHUNK}", f"c{index}")

    def cells(self, index: int) -> Cells:
        """Return one column as what decides on its reading asks it: in memory where that is quicker."""
        return self.counted.get(index) or self.text(index)

    def empty_rows(self) -> NDArray[np.int64]:
        """Return the rows without any cell."""
        empty: NDArray[np.int64] | None = None
        for k, chunk in enumerate(self.chunks):
            nothing = " AND ".join(f"c{i} IS NULL" for i in chunk)
            found = self.connection.execute(f"SELECT rowid AS r FROM cells{k} WHERE {nothing}").fetchnumpy()["r"]
            empty = found if empty is None else np.intersect1d(empty, found)
            if not len(empty):
                break
        assert empty is not None, "a table has columns"
        return empty

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
        samples = [sample for part in doubtful for sample in part]
        return signs_of(samples, rules.decimal, rules.told_decimal, rules.dates, self._plain)

    def _plain(self) -> list[list[str]]:
        """Return cells of the first columns of plain numbers in which points stand."""
        found: list[list[str]] = []
        for chunk in self.chunks:
            tallies = zip(chunk, self.sampled[chunk.start][0], strict=True)
            pointed = [i for i, tally in tallies if tally.pointed and tally.numeric == tally.cells]
            found += self._sample(pointed[: FEW_PLAIN - len(found)]).values()
        return found

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
        few = self.n_rows <= _FEW_ROWS
        limit = "" if few else f" LIMIT {SAMPLE}"
        rows = self.connection.execute(f"SELECT {cells} FROM {relation}{limit}").fetchall()
        columns = {i: category("", column) for i, column in zip(indices, zip(*rows, strict=True), strict=True)}
        if few:
            self.counted.update(
                (i, Counted(one.labels, one.values, lambda: self.connection)) for i, one in columns.items()
            )
        found = {i: list(column.labels[:SAMPLE]) for i, column in columns.items()}
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
        return classes_of(options, dict(found), self._codes)

    def _codes(self, classes: Sequence[str]) -> NDArray[np.int32]:
        """Return the code of each cell of the target, −1 for none of the classes; no cell becomes a Python object."""
        if not classes:
            return np.full(self.n_rows, -1, dtype=np.int32)
        listed = ", ".join(map(sql.text, classes))
        cell = "trim(written)" if all(label == label.strip(AROUND) for label in classes) else "written"
        query = (
            f"SELECT CAST(enum_code(TRY_CAST({cell} AS ENUM({listed}))) AS INTEGER) AS c FROM written ORDER BY rowid"
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
        found, said = {}, {}
        for index, tally in zip(chunk, tallies, strict=True):
            name = self.names[index]
            reading, said[index] = choose(self.cells(index), name, tally, samples.get(index, []), rules, signs)
            whole = reading.kind == "number" and not NumberFormat.parse(reading.format).has_decimals(tally.pointed)
            found[index] = reading, Column(name, reading.kind, np.empty(0), format=reading.format, integer=whole)
        for index, note in self._padded(
            chunk, [index for index, (reading, _) in found.items() if not reading.sql], rules
        ):
            said[index].append(note)
        notes += [note for some in said.values() for note in some]
        return found

    def _padded(self, chunk: range, labels: Sequence[int], rules: Rules) -> list[tuple[int, str]]:
        """Return notes on columns of labels that differ by blanks only; where these count, the cells have them now."""
        names = {i: self.names[i] for i in labels if self.names[i] != rules.target}
        unasked = {i: name for i, name in names.items() if rules.spec(name) is None}
        if self.written is None:
            return []
        return keep_blanks(self.connection, f"cells{chunk.start // CHUNK}", self.written, unasked)

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
