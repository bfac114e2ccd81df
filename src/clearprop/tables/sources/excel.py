"""Excel and OpenDocument sheets, read by python-calamine."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.columns.names import counted, nearest, quoted, the_first
from clearprop.tables.sources import limits
from clearprop.tables.sources.bounded import unpacked_size
from clearprop.tables.sources.frames import read_columns
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.peek import library, unreadable
from clearprop.tables.table import Table

_LOOKED_AT = 50


def is_workbook(head: bytes) -> bool:
    """Return whether a zip begins as Excel or OpenDocument write theirs."""
    inside = (
        b"[Content_Types].xml",
        b"xl/",
        b"_rels/",
        b"docProps/",
        b"mimetypeapplication/vnd.oasis.opendocument.spre",
    )
    return head.startswith(b"PK\x03\x04") and head[30:].startswith(inside)


def read_excel(path: Path, options: Options) -> Table:
    """Read a sheet of a workbook: the first one, or the one that `sheet` names.

    Lines above the names are left out. The names stand in the first row that fills as many cells as most rows do.
    """
    rows, first, notes = _rows(path, options)
    width = max((len(row) for row in rows), default=0)
    top = _names_at(rows) if options.skip is None else min(options.skip, len(rows) - 1)
    rows = [[*row, *[None] * (width - len(row))] for row in rows[top:]]
    if top and options.skip is None:
        notes.append(f"{counted(top, 'row')} above the names left out.")
    has_header = _is_header(rows[0]) if options.header is None else options.header
    names = [_name(cell) for cell in rows[0]] if has_header else [""] * width
    rows = rows[has_header:]
    lines = np.arange(len(rows)) + first + top + has_header + 1
    filled = [k for k, row in enumerate(rows) if options.keep_empty or any(cell is not None for cell in row)]
    if not filled:
        raise DataError(f"{path.name} has column names but no rows; expected one row for each case after the first.")
    n_empty = len(rows) - len(filled)
    if n_empty:
        notes.append(f"{counted(n_empty, 'row')} of {path.name} without any cell filled in left out.")
    columns = [_column([rows[k][j] for k in filled]) for j in range(width)]
    some = [j for j in range(width) if names[j] or any(cell is not None for cell in columns[j])]
    table = read_columns(
        path.name, [(names[j], columns[j]) for j in some], options, notes, lambda row: int(lines[filled[row]])
    )
    return replace(table, n_empty=n_empty)


def _rows(path: Path, options: Options) -> tuple[list[list[Any]], int, list[str]]:
    """Return the cells of a sheet, the row of the first of them (from 0), and which sheet it was."""
    calamine = library("python_calamine", path, "an Excel or OpenDocument workbook", "excel")
    _check_size(path)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            name, notes = _choose(path, book.sheet_names, options.sheet)
            sheet = book.get_sheet_by_name(name)
            limits.check_cells(path.name, sheet.height, sheet.width)
            rows = [[_cell(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
            start = sheet.start
    except (calamine.CalamineError, OSError) as error:
        raise unreadable(path, "a workbook", error) from None
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise DataError(
            f'Sheet "{name}" of {path.name} is empty; its sheets are {", ".join(quoted(book.sheet_names))}.'
        )
    return rows, start[0] if start else 0, notes


def _choose(path: Path, names: Sequence[str], sheet: str | int | None) -> tuple[str, list[str]]:
    if sheet is None:
        others = the_first(quoted(names[1:]), 3)
        more = f'Sheet "{names[0]}" of {path.name} was read; sheet= chooses another: {others}.'
        return names[0], [more] if len(names) > 1 else []
    if str(sheet) in names:
        return str(sheet), []
    if str(sheet).isdecimal() and int(sheet) < len(names):
        return names[int(sheet)], []
    raise DataError(f'{path.name} has no sheet "{sheet}"{nearest(str(sheet), names)}.')


def _check_size(path: Path) -> None:
    """Refuse a workbook that unpacks to more than may be in memory."""
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        try:
            size = unpacked_size(path, limits.IN_MEMORY)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
            raise unreadable(path, "a workbook", error) from None
    if size > limits.IN_MEMORY:
        most = limits.size(limits.IN_MEMORY)
        raise DataError(f"{path.name} unpacks to more than {most}; save the sheet as CSV.")


def _names_at(rows: Sequence[Sequence[Any]]) -> int:
    """Return the row of the names: the first that fills more than a cell or two, where most rows fill more."""
    filled = [sum(cell is not None for cell in row) for row in rows[:_LOOKED_AT]]
    usual = float(np.median([n for n in filled if n]))
    return next(k for k, n in enumerate(filled) if n and 2 * n >= usual)


def _is_header(row: Sequence[Any]) -> bool:
    return not all(isinstance(cell, int | float) for cell in row if cell is not None)


def _name(cell: Any) -> str:
    return "" if cell is None else " ".join(str(_plain(cell)).split())


def _cell(cell: Any) -> Any:
    return None if isinstance(cell, str) and not cell.strip() else cell


def _column(cells: list[Any]) -> list[Any]:
    """Return cells with whole numbers as such where they stand beside text: a workbook knows no whole numbers."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {float} and not all(cell is None or cell.is_integer() for cell in cells):
        return cells
    if kinds and all(issubclass(kind, date) for kind in kinds):
        return cells
    return [_plain(cell) for cell in cells]


def _plain(cell: Any) -> Any:
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
