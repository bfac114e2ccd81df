"""Does a table fit what was learned? Columns by name, kinds cell by cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError, closest
from clearprop.tables.columns.column import Column, category
from clearprop.tables.columns.names import quoted, the_first
from clearprop.tables.columns.same import as_text
from clearprop.tables.sources.bad_rows import WHAT, shortened
from clearprop.tables.sources.choosing import Rules
from clearprop.tables.sources.labelled import read_labels
from clearprop.tables.table import Table

LARGEST = 1e150  # squares of larger numbers overflow


def check_names(table: Table, wanted: list[str], known: list[str]) -> list[str]:
    """Return the names of columns the model does not know, after checking that none that it needs is missing.

    Raises
    ------
    DataError
        Listing the differences, each with the nearest name.
    """
    missing = [name for name in wanted if name not in table.columns]
    of_training = set(known)
    extra = [name for name in table.names if name not in of_training]
    if not missing:
        return extra
    lines = [f'"{name}"{_renamed(name, extra)}' for name in missing]
    more = f"; columns the model does not know: {the_first(quoted(extra))}" if extra else ""
    raise DataError(
        f"{table.source} lacks {len(missing)} of the {len(wanted)} columns the model was trained with: "
        f"{the_first(lines)}{more}. Rename or add them; their order does not matter."
    )


def conform(table: Table, name: str, kind: str, format: str = "", labels: tuple[str, ...] = ()) -> Column:
    """Return a column as the kind the model knows it as.

    Raises
    ------
    DataError
        Naming the first cell that cannot be.
    """
    column = table.column(name)
    if kind == "category":
        return _as_category(column)
    if kind == "boolean" and column.kind in ("category", "boolean", "number"):
        return _as_boolean(table, column, labels)
    if column.kind == "category" and kind in ("number", "date"):
        column = _parse(table, column, kind, format)
    if column.kind != kind and not column.missing.all():
        row = int(np.argmin(column.missing))
        cell = column.cells(column.values[row : row + 1])[0]
        raise _wrong_kind(table, row, name, cell, kind)
    if column.kind in ("number", "date"):
        check_finite(table, column)
    return column


def check_finite(table: Table, column: Column, rows: NDArray[np.int64] | None = None) -> None:
    """Refuse infinite numbers, and numbers so large that their squares are.

    Parameters
    ----------
    table, column : Table, Column
    rows : int array, optional
        Which rows of the table the column's are; all if left out.
    """
    bad = np.abs(column.values) > LARGEST
    if bad.any():
        place = int(np.argmax(bad))
        row, value = place if rows is None else int(rows[place]), float(column.values[place])
        problem = (
            f"{value:g} is infinite, or has too many digits"
            if np.isinf(value)
            else f"{value:g} is too large (limit {LARGEST:g})"
        )
        raise table.cell_error(row, column.name, problem, "Put in the true number, or leave the cell empty.")


def _renamed(name: str, extra: list[str]) -> str:
    near = closest(name, extra, fold=True)
    return f' (is it "{near}"?)' if near else ""


def _as_category(column: Column) -> Column:
    if column.kind == "category":
        return column
    return category(column.name, [None if cell is None else as_text(cell) for cell in column.cells()])


def _as_boolean(table: Table, column: Column, labels: tuple[str, ...]) -> Column:
    words = {labels[0].casefold(): 0.0, labels[1].casefold(): 1.0, "false": 0.0, "true": 1.0, "0": 0.0, "1": 1.0}
    different, place = _different(column)
    cells = column.cells(different)
    known = [None if cell is None else words.get(str(cell).casefold().removesuffix(".0")) for cell in cells]
    bad = np.array([cell is not None and number is None for cell, number in zip(cells, known, strict=True)])
    if bad[place].any():
        row = int(np.argmax(bad[place]))
        cell = column.cells(column.values[row : row + 1])[0]
        raise table.cell_error(
            row,
            column.name,
            f'"{shortened(str(cell))}" is neither "{labels[0]}" nor "{labels[1]}"',
            "Fix the cell, or leave it empty.",
        )
    values = np.array([np.nan if number is None else number for number in known])[place]
    return Column(column.name, "boolean", values, labels)


def _different(column: Column) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the different values of a column, and the place of each of its own among them."""
    if column.kind == "number":
        return np.unique(column.values, return_inverse=True)
    codes = np.where(column.missing, -1, column.values).astype(np.int64)
    different = np.arange(-1, len(column.labels))
    return np.where(different < 0, np.nan, different) if column.kind == "boolean" else different, codes + 1


def _parse(table: Table, column: Column, kind: str, format: str) -> Column:
    def on_bad(row: int, name: str, cell: str, kind: str) -> None:
        raise _wrong_kind(table, row, name, cell, kind)

    spec = f"{kind}:{format}" if format else kind
    return read_labels(column, Rules({column.name: spec}, ".", on_bad))[0]


def _wrong_kind(table: Table, row: int, name: str, cell: object, kind: str) -> DataError:
    problem = f'"{shortened(str(cell))}" is not {WHAT[kind]}'
    return table.cell_error(row, name, problem, f"The model was trained with {kind} cells here; fix the cell.")
