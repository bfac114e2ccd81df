"""Table: named columns of equal length that know where they came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError
from clearprop.tables.columns.column import Column, Rows
from clearprop.tables.columns.names import counted, nearest


@dataclass(frozen=True, eq=False)
class Table:
    """Rows and columns, read only.

    Attributes
    ----------
    source : str
        Name for messages: a file's name, "digits", "DataFrame".
    columns : mapping of str to Column
    n_rows : int
    target : str or None
        The target, where the source knows it (bundled sets).
    notes : tuple of str
        What reading changed or assumed, one sentence each.
    n_rejected, n_empty : int
        Rows that were set aside as bad, and rows left out because every cell was empty.
    rejects : str or None
        The file that holds the rejected rows.
    origin : array (n_rows,) or None
        Row of the source that each row was; None if they are the same.
    line_of : callable or None
        From a row of the source to its line in the file.
    classes : Column or None
        The labels of the column to predict, each as it was written or given, where the reader was told which it is.
    understood : mapping of str to object
        How the file is written, by the options of `read_table` that would have said so.
    """

    source: str
    columns: Mapping[str, Column]
    n_rows: int
    target: str | None = None
    notes: tuple[str, ...] = ()
    n_rejected: int = 0
    n_empty: int = 0
    rejects: str | None = None
    origin: NDArray[np.int64] | None = None
    line_of: Callable[[int], int] | None = None
    classes: Column | None = None
    understood: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.n_rows

    def __repr__(self) -> str:
        return f"<Table {self.source}: {self.n_rows} rows x {len(self.columns)} columns>"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self.columns)

    def column(self, name: str) -> Column:
        """Return one column.

        Raises
        ------
        DataError
            If there is none of that name; the message names the nearest.
        """
        self.check_name(name)
        return self.columns[name]

    def take(self, rows: Rows) -> Table:
        """Return the table of these rows."""
        origin = np.arange(self.n_rows) if self.origin is None else self.origin
        origin = origin[rows]
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        classes = self.classes and self.classes.take(rows)
        return replace(self, columns=columns, n_rows=len(origin), origin=origin, classes=classes)

    def with_classes(self, name: str) -> Table:
        """Return the table in which a column holds labels of classes, as far as the reader kept them."""
        self.check_name(name)
        if self.classes is None or self.classes.name != name:
            return self
        return replace(self, columns={**self.columns, name: self.classes})

    def only(self, *names: str) -> Self:
        """Return the table of these columns."""
        return replace(self, columns={name: self.column(name) for name in names})

    def drop_missing(self, name: str) -> Table:
        """Return the table without the rows in which this column is missing; a note says how many they were."""
        missing = self.column(name).missing
        n = int(missing.sum())
        if not n:
            return self
        note = f'{counted(n, "row")} without "{name}" dropped.'
        return replace(self.take(np.flatnonzero(~missing)), notes=(*self.notes, note))

    def check_name(self, name: str) -> None:
        """Refuse a name that no column has; the message names the nearest."""
        if name not in self.columns:
            raise DataError(f'{self.source} has no column "{name}"{nearest(name, self.names)}.')

    def where(self, row: int) -> str:
        """Return the place of a row, such as "train.csv:4711" or "DataFrame, row 12" (rows count from 0)."""
        row = row if self.origin is None else int(self.origin[row])
        return f"{self.source}, row {row}" if self.line_of is None else f"{self.source}:{self.line_of(row)}"

    def cell_error(self, row: int, name: str, problem: str, advice: str) -> DataError:
        """Build the error for one cell: where it is, what is wrong, what to do."""
        return DataError(f'{self.where(row)}, column "{name}": {problem}. {advice}')
