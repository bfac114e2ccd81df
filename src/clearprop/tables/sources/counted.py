"""A column of text whose different cells are few enough to look at one by one, without a query for each question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clearprop.computed_once import cached_property
from clearprop.tables.columns.spellings import NA_OF_PROGRAMS
from clearprop.tables.sources import sql
from clearprop.tables.sources.durations import DURATION
from clearprop.tables.sources.merging import Merged, may_be_code
from clearprop.tables.sources.number_formats import NumberFormat
from clearprop.tables.sources.readings import Reading


@dataclass(frozen=True)
class Counted:
    """Different cells, and which of them each row holds; it answers as a `Text` does.

    Attributes
    ----------
    labels : sequence of str
        Each different from the others; some may not occur.
    codes : array (n_rows,) of int
        Place in `labels`, −1 for a missing cell.
    connection : callable
        Returns a duckdb, which reads dates and durations.
    """

    labels: Sequence[str]
    codes: NDArray[np.int32]
    connection: Callable[[], sql.Connection]
    _read: dict[Reading, list[float | None]] = field(default_factory=dict)

    @cached_property
    def counts(self) -> list[int]:
        """How often each label occurs."""
        found: list[int] = np.bincount(self.codes[self.codes >= 0], minlength=len(self.labels)).tolist()
        return found

    def total(self, readings: Sequence[Reading]) -> list[int]:
        """Return the number of cells, then for each reading the number of cells it can read."""
        return [sum(self.counts), *map(self._n_read, readings)]

    def unreadable(self, reading: Reading) -> list[tuple[int, str]]:
        """Return row and text of the cells that the reading cannot read, in order, words for a missing cell aside."""
        rows = np.flatnonzero(np.isin(self.codes, self._odd(reading))).tolist()
        return [(row, self.labels[self.codes[row]]) for row in rows]

    def odd_words(self, reading: Reading, most: int) -> dict[str, int]:
        """Return at most so many of the different cells that the reading cannot read, and how often each occurs."""
        found = sorted((-self.counts[code], self.labels[code]) for code in self._odd(reading))
        return {cell: -n for n, cell in found[:most]}

    def merged(self, reading: Reading, exact: bool) -> Merged | None:
        """Return two different cells that become one number, None if there are none; see `merged_in`."""
        texts = defaultdict(list)
        present = [label for label, n in zip(self.labels, self.counts, strict=True) if n]
        for label, value, n in zip(self.labels, self.values(reading), self.counts, strict=True):
            if n and value is not None:
                texts[value].append(label)
        pairs = [
            (min(some), max(some))
            for some in texts.values()
            if len(some) > 1 and (exact or any(map(may_be_code, some)))
        ]
        decimals = any("." in label or "," in label for label in present)
        return Merged(*min(pairs), len(present), decimals) if pairs else None

    def code(self) -> str | None:
        """Return a cell that may be a code, such as 007, None if there is none."""
        present = (label for label, n in zip(self.labels, self.counts, strict=True) if n)
        return min(filter(may_be_code, present), default=None)

    def values(self, reading: Reading) -> list[float | None]:
        """Return what each label is by a reading, None where it is nothing."""
        if reading not in self._read:
            self._read[reading] = self._values(reading)
        return self._read[reading]

    def _values(self, reading: Reading) -> list[float | None]:
        if reading.kind == "number" and reading.format != DURATION:
            return list(map(NumberFormat.parse(reading.format).read, self.labels))
        query = f"SELECT {reading.sql.format(c='c0')} FROM (SELECT unnest($1::VARCHAR[]) AS c0)"
        return [value for (value,) in self.connection().execute(query, [list(self.labels)]).fetchall()]

    def _n_read(self, reading: Reading) -> int:
        return sum(n for n, value in zip(self.counts, self.values(reading), strict=True) if value is not None)

    def _odd(self, reading: Reading) -> list[int]:
        missing = {*NA_OF_PROGRAMS, *reading.missing}
        return [
            code
            for code, (label, value) in enumerate(zip(self.labels, self.values(reading), strict=True))
            if value is None and self.counts[code] and label not in missing
        ]
