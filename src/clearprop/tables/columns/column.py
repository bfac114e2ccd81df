"""Column: one named column of a table, as numbers or as codes of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = ("number", "boolean", "date", "category")

Rows = NDArray[np.int64] | slice

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Column:
    """Cells of one kind.

    Attributes
    ----------
    name : str
    kind : {"number", "boolean", "date", "category"}
    values : array (n_rows,)
        float64 with NaN for a missing cell: numbers; 0 and 1 for boolean; seconds since 1970 (UTC) for date.
        For category int32 codes into `labels`, −1 for a missing cell.
    labels : tuple
        Label of each code; of a boolean column the spellings of 0 and 1.
    format : str
        How text became this kind: "decimal comma", "thousands comma", or a date format such as "%d/%m/%Y".
    integer : bool
        Whether a number column held whole numbers, written as such.
    dtype : str
        NumPy's name of the dtype in which labels from Python are given back; "" for text from a file.
    """

    name: str
    kind: str
    values: NDArray[Any]
    labels: tuple[Any, ...] = ()
    format: str = ""
    integer: bool = False
    dtype: str = ""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which cells are missing, (n_rows,)."""
        missing: NDArray[np.bool_] = self.values < 0 if self.kind == "category" else np.isnan(self.values)
        return missing

    @property
    def spec(self) -> str:
        """Kind and format as `read_table` takes them in `kinds`, such as "date:%d/%m/%Y"."""
        return f"{self.kind}:{self.format}" if self.format else self.kind

    def take(self, rows: Rows) -> Column:
        """Return the column of these rows."""
        return Column(self.name, self.kind, self.values[rows], self.labels, self.format, self.integer, self.dtype)

    def cells(self, values: NDArray[Any] | None = None) -> list[Any]:
        """Return values (all of them by default) as the Python objects a person would write; None if missing."""
        return [self._cell(value) for value in (self.values if values is None else values).tolist()]

    def counts(self) -> tuple[list[Any], NDArray[np.int64]]:
        """Return the distinct cells that are not missing, sorted by value or code, and how often each occurs."""
        if self.kind == "category":
            counts = np.bincount(self.values[self.values >= 0], minlength=len(self.labels))
            codes = np.flatnonzero(counts)
            return [self.labels[code] for code in codes], counts[codes]
        distinct, counts = np.unique(self.values[~self.missing], return_counts=True)
        return self.cells(distinct), counts

    def _cell(self, value: Any) -> Any:
        if self.kind == "category":
            return self.labels[value] if value >= 0 else None
        if value != value:
            return None
        if self.kind == "boolean":
            return self.labels[int(value)]
        if self.kind == "date":
            return _moment(value)
        return int(value) if self.integer and abs(value) < float("inf") else value


def _moment(seconds: float) -> datetime | str:
    try:
        return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None)
    except OverflowError:  # before the year 1 or after 9999
        return str(np.datetime64(int(seconds), "s")) if np.isfinite(seconds) else str(seconds)


def category(name: str, cells: Sequence[Any]) -> Column:
    """Build a category column from labels; None is a missing cell. Codes are in order of first appearance."""
    known: dict[Any, int] = {}
    codes = [-1 if cell is None else known.setdefault(cell, len(known)) for cell in cells]
    return Column(name, "category", np.array(codes, dtype=np.int32), tuple(known))
