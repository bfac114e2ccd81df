"""Novelty: cells of new rows such as training had none, by what the schema knows of its training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.columns.column import Column
from clearprop.tables.columns.names import counted
from clearprop.tables.encodings import (
    Binned,
    BooleanEncoding,
    CategoryEncoding,
    DateEncoding,
    NumberEncoding,
    PlainEncoding,
)
from clearprop.tables.schema import Schema
from clearprop.tables.table import Table

Flags = NDArray[np.bool_]

UNKNOWN, FAR, MISSING = "unknown", "far outside", "missing"
BEYOND = 10.0
"""Scaled numbers of training rows are at most as far from 0, by how they are scaled."""
MARGIN = 0.5
"""Of the range of the training rows: so far beyond it numbers are far outside, where the range is known."""
MOST_NAMED = 5


@dataclass
class Novelty:
    """What is strange about rows, counted column by column as they pass.

    Attributes
    ----------
    schema : Schema
    n_rows : int
        That have passed.
    n_strange : int
        Those with a strange cell.
    counts : dict of (str, str) to int
        By the name of the column and what is strange.
    """

    schema: Schema
    n_rows: int = 0
    n_strange: int = 0
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def look(self, table: Table) -> dict[str, NDArray[Any]]:
        """Count the strange cells of some rows, and return columns that tell of each row.

        Returns
        -------
        dict
            "strange": what is strange about the row, "" where nothing is; "distance": the root mean square of its
            scaled numbers, about 1 for the rows of training.
        """
        said = np.full(len(table), "", dtype=object)
        for name, what, cells in _strange(self.schema, table):
            if cells.any():
                self.counts[name, what] = self.counts.get((name, what), 0) + int(cells.sum())
                for row in np.flatnonzero(cells):
                    said[row] += f"{'; ' if said[row] else ''}{name} {what}"
        self.n_rows += len(table)
        self.n_strange += int(np.count_nonzero(said))
        return {"strange": said, "distance": _distance(self.schema, table)}

    def says(self) -> str | None:
        """Return a sentence on all rows that have passed; None where nothing was strange."""
        if not self.n_strange:
            return None
        ranked = sorted(self.counts.items(), key=lambda item: -item[1])
        named = [f'"{name}" is {_WORDS[what]} in {n:,}' for (name, what), n in ranked[:MOST_NAMED]]
        more = f", and {counted(len(ranked) - MOST_NAMED, 'more such column')}" if len(ranked) > MOST_NAMED else ""
        rows = f"{self.n_strange:,} of {self.n_rows:,} rows have" if self.n_rows > 1 else "the row has"
        return f"{rows} cells such as training had none: {'; '.join(named)}{more}. --strange shows which."

    def as_plain(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        columns: dict[str, dict[str, int]] = {}
        for (name, what), n in self.counts.items():
            columns.setdefault(name, {})[what] = n
        return {"rows": self.n_strange, "columns": columns}


_WORDS = {UNKNOWN: "a label that was rare or not there", FAR: FAR, MISSING: "missing, as it never was,"}


def _strange(schema: Schema, table: Table) -> Iterator[tuple[str, str, Flags]]:
    """Yield, column by column, what may be strange and the cells that are."""
    for encoding in schema.columns:
        column = schema.conformed(table, encoding)
        if isinstance(encoding, CategoryEncoding):
            yield encoding.name, UNKNOWN, encoding.encode(column) == len(encoding.labels)
            continue
        if isinstance(encoding, PlainEncoding):
            continue  # of a network of arrays nothing is known of its rows
        number = encoding.plain if isinstance(encoding, Binned) else encoding
        if not number.indicator:
            yield encoding.name, MISSING, column.missing
        if not isinstance(encoding, BooleanEncoding):
            yield encoding.name, FAR, ~column.missing & _far(encoding, column)


def _far(encoding: NumberEncoding | Binned | DateEncoding, column: Column) -> Flags:
    x = np.where(column.missing, encoding.fill, column.values)
    if isinstance(encoding, Binned) and not isinstance(encoding.plain, DateEncoding):
        low, high = encoding.edges[0], encoding.edges[-1]
        margin = MARGIN * (high - low)
        far: Flags = (x < low - margin) | (x > high + margin)
        return far
    plain = encoding.plain if isinstance(encoding, Binned) else encoding
    found: Flags = np.abs(plain.scaling(x)) > BEYOND
    return found


def _distance(schema: Schema, table: Table) -> NDArray[np.float64]:
    """Return the root mean square of the scaled numbers of each row; 0 where there are no numbers."""
    squares, n = np.zeros(len(table)), 0
    for encoding in schema.columns:
        number = encoding.plain if isinstance(encoding, Binned) else encoding
        if isinstance(number, NumberEncoding | DateEncoding):
            column = schema.conformed(table, encoding)
            squares += number.scaling(np.where(column.missing, number.fill, column.values)) ** 2
            n += 1
    return np.sqrt(squares / max(n, 1))
