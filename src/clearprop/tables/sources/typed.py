"""Columns that duckdb knows the types of: how each is read, whatever file it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError
from clearprop.tables.columns.cells import from_codes, from_text, is_date, remarks_on_bytes, remarks_on_durations
from clearprop.tables.columns.classes import class_column
from clearprop.tables.columns.column import Column, category
from clearprop.tables.columns.names import unique_names
from clearprop.tables.sources import sql
from clearprop.tables.sources.choosing import Rules
from clearprop.tables.sources.durations import DURATION
from clearprop.tables.sources.frames import Build, assemble, without_row_names
from clearprop.tables.sources.options import Options
from clearprop.tables.table import Table

MOST_AT_ONCE, CELLS_AT_ONCE = 1000, 1 << 22
"""Columns of numbers, and their cells, that are fetched by one query."""

_WHOLE = re.compile(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$")
_NUMBER = re.compile(_WHOLE.pattern + r"|(FLOAT|DOUBLE|DECIMAL\(.*\))$")
_MOMENT = re.compile(r"(DATE|TIMESTAMP.*)$")
_WORDS = re.compile(r"(VARCHAR|JSON|UUID|TIME.*|ENUM\(.*\)|INTERVAL|BLOB|NULL|\"NULL\")$")


@dataclass(frozen=True)
class TypedColumn:
    """One column of a relation: its name in the file, and what it is to duckdb.

    Attributes
    ----------
    cell : str
        SQL for its cells.
    type : str
        duckdb's name of their type.
    unit : float
        Seconds in one of its numbers where they are durations, else 0.
    category : bool
        Whether the file says that it holds categories.
    """

    name: str
    cell: str
    type: str
    unit: float = 0.0
    category: bool = False

    @property
    def flat(self) -> bool:
        """Whether a cell is one value, not a list or an object."""
        known = any(pattern.match(self.type) for pattern in (_NUMBER, _MOMENT, _WORDS)) and "[" not in self.type
        return self.type == "BOOLEAN" or known

    @property
    def kind(self) -> str | None:
        """The kind of column that its type says; None for text."""
        if self.type == "BOOLEAN":
            return "boolean"
        if _MOMENT.match(self.type):
            return "date"
        return "number" if _NUMBER.match(self.type) else None

    @property
    def as_text(self) -> str:
        """SQL for its cells as text."""
        if self.type == "JSON":
            return f"{self.cell} ->> '$'"
        if self.type == "BLOB":
            return f"coalesce(TRY(decode({self.cell})), CAST({self.cell} AS VARCHAR))"
        return f"CAST({self.cell}{f' * {self.unit!r}' if self.unit else ''} AS VARCHAR)"


def read_typed(
    path: Path,
    relation: str,
    columns: Sequence[TypedColumn],
    options: Options,
    line_of: Callable[[int], int] | None = None,
) -> Table:
    """Read the columns of a relation of duckdb that hold one value a cell; a note names the others."""
    connection = sql.connect()
    flat = [column for column in columns if column.flat]
    cells = ", ".join(f"{column.cell} AS c{i}" for i, column in enumerate(flat))
    if not flat:
        raise DataError(f"{path.name} has no column of plain values; it has lists or objects only.")
    try:
        connection.execute(f"CREATE TABLE typed AS SELECT {cells} FROM {relation}")
    except sql.error() as error:
        raise unreadable(path, error) from None
    flat = [replace(column, cell=f"c{i}") for i, column in enumerate(flat)]
    numbers = _Numbers(connection, flat)
    table = assemble(path.name, [(column.name, _build(numbers, column)) for column in flat], options, line_of)
    classes = read_classes(connection, "typed", flat, options.target)
    table = replace(table, classes=classes, notes=(*table.notes, *notes_on_nested(columns)))
    return without_row_names(table, options)


def notes_on_nested(columns: Sequence[TypedColumn]) -> list[str]:
    """Return a note for each column that is left out as its cells are lists or objects."""
    return [f'Column "{column.name}" holds lists or objects; it was left out.' for column in columns if not column.flat]


def read_classes(
    connection: sql.Connection, relation: str, columns: Sequence[TypedColumn], target: str | None
) -> Column | None:
    """Return the cells of the target as labels of classes, each of its own type; None where there is no such column."""
    names, _ = unique_names(column.name for column in columns)
    if target not in names:
        return None
    column = columns[names.index(target)]
    cells = [cell for (cell,) in connection.execute(f"SELECT {column.cell} FROM {relation}").fetchall()]
    return class_column(target, _spans(cells, column.unit) if column.unit else cells)


def _spans(cells: Sequence[int | None], unit: float) -> NDArray[np.timedelta64]:
    """Return whole numbers of a unit of so many seconds as durations, which they are."""
    called = {1.0: "s", 1e-3: "ms", 1e-6: "us", 1e-9: "ns"}[unit]
    return np.array(["NaT" if cell is None else cell for cell in cells], dtype=f"m8[{called}]")


def unreadable(path: Path, error: Exception) -> DataError:
    """Build the error for a file of which duckdb makes nothing."""
    return DataError(f"{path.name} cannot be read: {str(error).splitlines()[0]}. Write the file anew.")


class _Numbers:
    """The numbers of columns that hold such, many columns by one query: of one alone it costs what the table is wide.

    Parameters
    ----------
    connection : sql.Connection
        With the relation `typed`.
    columns : sequence of TypedColumn
    """

    def __init__(self, connection: sql.Connection, columns: Sequence[TypedColumn]) -> None:
        self.connection = connection
        self._queries = {column.cell: _as_double(column) for column in columns if column.kind}
        n_rows = connection.execute("SELECT count(*) FROM typed").fetchone()[0]
        self._at_once = max(1, min(MOST_AT_ONCE, CELLS_AT_ONCE // max(1, n_rows)))
        self._fetched: dict[str, Any] = {}

    def of(self, column: TypedColumn) -> Any:
        """Return the numbers (n_rows,) of a column, NaN where a cell is missing."""
        if column.cell not in self._fetched:
            first = list(self._queries).index(column.cell)
            wanted = list(self._queries)[first : first + self._at_once]
            cells = ", ".join(f"{self._queries[cell]} AS {cell}" for cell in wanted)
            self._fetched = self.connection.execute(f"SELECT {cells} FROM typed").fetchnumpy()
        return np.ma.filled(self._fetched.pop(column.cell).astype(np.float64), np.nan)


def _as_double(column: TypedColumn) -> str:
    return f"epoch(CAST({column.cell} AS TIMESTAMP))" if column.kind == "date" else f"CAST({column.cell} AS DOUBLE)"


def _build(numbers: _Numbers, column: TypedColumn) -> Build:
    connection = numbers.connection

    def build(called: str, rules: Rules) -> tuple[Column, list[str]]:
        notes = remarks_on_bytes(called) if column.type == "BLOB" else []
        if rules.spec(called) is None and column.category:
            return _categories(connection, called, column), notes
        dated = column.kind == "number" and is_date(rules.spec(called))
        if column.kind is None or dated or rules.kinds.get(called) == "category":
            if column.type == "JSON":
                _check_json(connection, called, column)
            read, said = from_text(called, _fetch(connection, column.as_text).tolist(), rules)
            return read, [*notes, *said]
        if column.kind == "date":
            return Column(called, "date", numbers.of(column)), []
        values = numbers.of(column)
        if column.kind == "boolean":
            return Column(called, "boolean", values, (False, True)), []
        if column.unit:
            return Column(called, "number", values * column.unit, format=DURATION), remarks_on_durations(called)
        return Column(called, "number", values, integer=bool(_WHOLE.match(column.type))), []

    return build


def _categories(connection: sql.Connection, name: str, column: TypedColumn) -> Column:
    """Return the labels of a column of categories, each of its own type."""
    texts = category(name, _fetch(connection, column.as_text).tolist())
    found = connection.execute(f"SELECT DISTINCT {column.as_text}, {column.cell} FROM typed").fetchall()
    typed = dict(found)
    return from_codes(name, texts.values, [typed[label] for label in texts.labels])


def _check_json(connection: sql.Connection, name: str, column: TypedColumn) -> None:
    """Refuse cells of JSON that differ and look alike, such as 1 and "1"."""
    query = f"SELECT min(c), max(c) FROM (SELECT {column.cell} AS c, {column.as_text} AS t FROM typed) GROUP BY t"
    two = connection.execute(f"{query} HAVING min(c) <> max(c) LIMIT 1").fetchone()
    if two is not None:
        raise DataError(f'column "{name}" holds {two[0]} and {two[1]}, which look alike; write both as text.')


def _fetch(connection: sql.Connection, expression: str) -> Any:
    return connection.execute(f"SELECT {expression} AS c FROM typed").fetchnumpy()["c"]
