"""Excel and OpenDocument sheets, read by python-calamine."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.columns.names import counted, nearest, quoted, the_first
from clearprop.tables.sources import limits
from clearprop.tables.sources.bounded import unpacked_size
from clearprop.tables.sources.frames import read_columns
from clearprop.tables.sources.header import are_units, has_names
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.peek import library, unreadable
from clearprop.tables.sources.workbook import fill_merged, without_value
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
    sheet, notes = _sheet(path, options)
    rows, first = sheet.rows, sheet.first
    width = max((len(row) for row in rows), default=0)
    top = _names_at(rows) if options.skip is None else min(options.skip, len(rows) - 1)
    rows = [[*row, *[None] * (width - len(row))] for row in rows[top:]]
    if top and options.skip is None:
        notes.append(f"{counted(top, 'row')} above the names left out; --skip {top} says so.")
    names, below, said = _names(rows, options)
    rows = rows[below:]
    notes += said + fill_merged(rows, sheet.merged, first + top + below, sheet.column)
    lines = np.arange(len(rows)) + first + top + below + 1
    filled = [k for k, row in enumerate(rows) if options.keep_empty or any(cell is not None for cell in row)]
    if not filled:
        others = f" {sheet.others}" if sheet.others else ""
        raise DataError(
            f"{path.name} has column names but no rows; expected one row for each case after the first.{others}"
        )
    n_empty = len(rows) - len(filled)
    if n_empty:
        notes.append(f"{counted(n_empty, 'row')} of {path.name} without any cell filled in left out.")
    columns = [_column([rows[k][j] for k in filled]) for j in range(width)]
    some = [j for j in range(width) if names[j] or any(cell is not None for cell in columns[j])]
    table = read_columns(
        path.name, [(names[j], columns[j]) for j in some], options, notes, lambda row: int(lines[filled[row]])
    )
    return replace(table, n_empty=n_empty)


@dataclass(frozen=True)
class _Sheet:
    """The cells of a sheet; the row and column of the first of them, from 0; ranges that are merged; other sheets."""

    rows: list[list[Any]]
    first: int
    column: int
    merged: Sequence[Any]
    others: str


def _sheet(path: Path, options: Options) -> tuple[_Sheet, list[str]]:
    """Return a sheet, and notes on which it was and what it lacks."""
    calamine = library("python_calamine", path, "an Excel or OpenDocument workbook", "excel")
    _check_size(path)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            shown = [one.name for one in book.sheets_metadata if one.visible == calamine.SheetVisibleEnum.Visible]
            name, others = _choose(path, book.sheet_names, shown, options.sheet)
            sheet = book.get_sheet_by_name(name)
            limits.check_cells(path.name, sheet.height, sheet.width)
            rows = [[_cell(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
            (first, column), merged = sheet.start or (0, 0), sheet.merged_cell_ranges or ()
    except (calamine.CalamineError, OSError) as error:
        raise unreadable(path, "a workbook", error) from None
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise DataError(
            f'Sheet "{name}" of {path.name} is empty; its sheets are {", ".join(quoted(book.sheet_names))}.'
        )
    return _Sheet(rows, first, column, merged, others), [*([others] if others else []), *without_value(path, name)]


def _names(rows: list[list[Any]], options: Options) -> tuple[list[str], int, list[str]]:
    """Return the names of the columns, how many rows stand above the data, and notes; as in a text file."""
    texts = [[_name(cell) for cell in row] for row in rows[:_LOOKED_AT]]
    if not (has_names(texts) if options.header is None else options.header):
        called = [f"column_{place}" for place in range(1, len(rows[0]) + 1)]
        why = f'The first row is data, not names; the columns are called "{called[0]}" to "{called[-1]}"'
        return called, 0, [f"{why}; --header takes it for names."]
    if options.header is None and len(rows) > 3 and are_units(texts[1], texts[2:]):
        units = ", ".join(texts[1][:3])
        return texts[0], 2, [f"The row below the names holds units ({units}) and was left out; --header keeps it."]
    return texts[0], 1, []


def _choose(path: Path, names: Sequence[str], shown: Sequence[str], sheet: str | int | None) -> tuple[str, str]:
    """Return the name of the sheet to read, and what is to be said of the others where nobody chose it."""
    if sheet is None:
        chosen = next(iter(shown or names))
        others = the_first(quoted(name for name in names if name != chosen), 3)
        said = f'Sheet "{chosen}" of {path.name} was read; --sheet chooses another: {others}.'
        return chosen, said if others else ""
    if str(sheet) in names:
        return str(sheet), ""
    if str(sheet).isdecimal() and int(sheet) < len(names):
        return names[int(sheet)], ""
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
    """Return the row of the names: the first that fills half as many cells as most rows do, and not its first alone."""
    filled = [sum(cell is not None for cell in row) for row in rows[:_LOOKED_AT]]
    usual = float(np.median([n for n in filled if n]))
    titles = [n == 1 < usual and row[0] is not None for n, row in zip(filled, rows, strict=False)]
    return next((k for k, n in enumerate(filled) if n and 2 * n >= usual and not titles[k]), 0)


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
