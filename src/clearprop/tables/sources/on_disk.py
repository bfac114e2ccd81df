"""Cells on disk: a duckdb database of numbers and codes, and how columns come back from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.columns.column import Column, category
from clearprop.tables.learn import NEARLY_ALL
from clearprop.tables.sources import sql
from clearprop.tables.sources.choosing import Rules
from clearprop.tables.sources.labelled import as_labels
from clearprop.tables.sources.readings import Reading, Text
from clearprop.tables.sources.staged import CHUNK, Staged

MOST_LABELS = 100_000


@dataclass(frozen=True)
class OnDisk:
    """Columns c0, c1, ... in relations typed0, typed1, ... of a database in a temporary folder.

    `shells` are the columns without their values; None is a column that is left out.
    """

    connection: sql.Connection
    folder: TemporaryDirectory[str]
    shells: Sequence[Column | None]

    def read(self, indices: Sequence[int], start: int, stop: int) -> dict[str, Column]:
        """Return columns of the rows start .. stop − 1."""
        columns: dict[str, Column] = {}
        for k in sorted({index // CHUNK for index in indices}):
            wanted = [index for index in indices if index // CHUNK == k]
            cells = ", ".join(f"c{index}" for index in wanted)
            query = f"SELECT {cells} FROM typed{k} WHERE rowid >= {start} AND rowid < {stop}"
            found = self.connection.execute(query).fetchnumpy()
            for index in wanted:
                shell = self.shells[index]
                if shell is not None:
                    columns[shell.name] = _restored(shell, found[f"c{index}"])
        return columns

    def close(self) -> None:
        """Close the database and remove its folder."""
        self.connection.close()
        self.folder.cleanup()


Part = tuple[str, Column | None]
"""How a column is written to disk: its SQL, and the column without its values."""


def shells_of(staged: Staged, rules: Rules, booleans: Sequence[str]) -> tuple[list[Part], list[str]]:
    """Decide how each column is read, and say what was assumed."""
    parts: list[Part] = []
    notes: list[str] = []
    signs = staged.signs(rules)
    for chunk in staged.chunks:
        for index, (reading, shell) in staged.shells(chunk, rules, signs, notes).items():
            if reading.sql:
                parts.append((reading.sql.format(c=f"c{index}"), shell))
            elif shell.name in booleans:
                sql = f"CASE c{index} WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 END"
                parts.append((sql, replace(shell, kind="boolean", labels=(False, True))))
            else:
                parts.append(_labelled(staged, index, reading, notes, rules))
    return parts, notes


def write_typed(staged: Staged, expressions: Sequence[str], gone: NDArray[np.int64]) -> None:
    """Write the rows that are not gone as numbers and codes, and forget the text."""
    connection = staged.connection
    sound = " WHERE rowid NOT IN (SELECT r FROM gone) ORDER BY rowid" if len(gone) else ""
    connection.execute("CREATE TABLE gone AS SELECT unnest($1::BIGINT[]) AS r", [gone.tolist()])
    for k, chunk in enumerate(staged.chunks):
        cells = ", ".join(f"{expressions[index]} AS c{index}" for index in chunk)
        connection.execute(f"CREATE TABLE typed{k} AS SELECT {cells} FROM cells{k}{sound}")
        connection.execute(f"DROP TABLE cells{k}")


def _labelled(staged: Staged, index: int, reading: Reading, notes: list[str], rules: Rules) -> Part:
    name, text = staged.names[index], staged.text(index)
    if reading.kind == "category" and _approximately_distinct(staged, text) > 2 * MOST_LABELS:
        return text.column, Column(name, "category", np.empty(0))
    n_labels, n_cells = staged.connection.execute(
        f"SELECT count(DISTINCT {text.column}), count({text.column}) FROM {text.relation}"
    ).fetchone()
    if n_labels > MOST_LABELS and n_labels >= NEARLY_ALL * n_cells:
        notes.append(f'Column "{name}" has another value in nearly every row; it was left out.')
        return "NULL", None
    found = staged.connection.execute(
        f"SELECT {text.column} FROM {text.relation} WHERE {text.column} IS NOT NULL GROUP BY 1 ORDER BY min(rowid)"
    ).fetchall()
    labels = [label for (label,) in found]
    column, said = as_labels(name, labels, np.arange(len(labels), dtype=np.int32), reading, rules)
    notes += said
    shell = replace(column, values=np.empty(0))
    if column.kind == "boolean":
        true = ", ".join(sql.text(label) for label, value in zip(labels, column.values, strict=True) if value)
        return f"CASE WHEN {text.column} IS NULL THEN NULL WHEN {text.column} IN ({true}) THEN 1.0 ELSE 0.0 END", shell
    listed = ", ".join(sql.text(label) for label in labels)
    return (f"CAST(enum_code(CAST({text.column} AS ENUM({listed}))) AS INTEGER)" if labels else "NULL::INTEGER"), shell


def _approximately_distinct(staged: Staged, text: Text) -> int:
    """Return about how many cells differ, in no memory to speak of."""
    query = f"SELECT approx_count_distinct({text.column}) FROM {text.relation}"
    return int(staged.connection.execute(query).fetchone()[0])


def _restored(shell: Column, values: Any) -> Column:
    """Return a column with its values; one of too many labels for a table of them stands on disk as text."""
    if values.dtype.kind == "O":
        return category(shell.name, values.tolist())
    if shell.kind == "category":
        return replace(shell, values=np.ma.filled(values.astype(np.int32), -1))
    return replace(shell, values=np.ma.filled(values.astype(np.float64), np.nan))


def names_of(shells: Sequence[Column | None]) -> Mapping[str, int]:
    """Return where each column stands."""
    return {shell.name: index for index, shell in enumerate(shells) if shell is not None}
