"""Files of SPSS, Stata and SAS, read by pyreadstat: codes become their labels, cells declared missing are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from clearprop.errors import DataError
from clearprop.tables.columns.names import quoted, the_first
from clearprop.tables.sources.frames import read_columns
from clearprop.tables.sources.labelled import Declared
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.peek import library, unreadable
from clearprop.tables.table import Table

_PERIODS = {"%tw": 52, "%tm": 12, "%tq": 4, "%th": 2}
"""How many periods a year has, by the format in which Stata shows a count of them; pyreadstat reads days itself."""


def is_portable(head: bytes) -> bool:
    """Return whether a file begins as a portable file of SPSS does: with a page of headings, and then its name."""
    return b"SPSS PORT FILE" in head[:512]


def read_spss(path: Path, options: Options) -> Table:
    """Read a .sav, .zsav or .por file."""
    with path.open("rb") as file:
        portable = is_portable(file.read(512))
    return _read(path, "SPSS", "read_por" if portable else "read_sav", options)


def read_stata(path: Path, options: Options) -> Table:
    """Read a .dta file."""
    return _read(path, "Stata", "read_dta", options)


def read_sas_transport(path: Path, options: Options) -> Table:
    """Read an .xpt file."""
    return _read(path, "SAS", "read_xport", options)


def read_sas(path: Path, options: Options) -> Table:
    """Read a .sas7bdat file."""
    return _read(path, "SAS", "read_sas7bdat", options)


def _read(path: Path, program: str, function: str, options: Options) -> Table:
    pyreadstat = library("pyreadstat", path, f"a file of {program}", "stats")
    try:
        columns, about = getattr(pyreadstat, function)(str(path), output_format="dict")
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError, ValueError) as error:
        raise unreadable(path, f"a file of {program}", error) from None
    if not columns or not any(columns.values()):
        raise DataError(f"{path.name} has {'no columns' if not columns else 'column names but no rows'}.")
    labels, notes = about.variable_value_labels, []
    cells: dict[str, Any] = {}
    for name, column in columns.items():
        known = {value: label for value, label in labels.get(name, {}).items() if label.strip()}
        cells[name], said = _labelled(name, column, known)
        notes += said
        periods = _PERIODS.get(about.original_variable_types.get(name, "")[:3]) if program == "Stata" else None
        if periods and not said and not known:
            cells[name] = [_first_day(cell, periods) for cell in column]
    return read_columns(path.name, list(cells.items()), options, notes)


def _labelled(name: str, column: Sequence[Any], labels: Mapping[Any, str]) -> tuple[Any, list[str]]:
    """Return the cells as labels where every one has one, else as they are; and what is to be said."""
    distinct = {cell for cell in column if cell is not None and cell == cell}
    with_label = distinct & set(labels)
    if with_label and with_label == distinct:
        return _apart(name, column, labels)
    cells = [None if cell == "" else cell for cell in column]
    if not with_label:
        return cells, []
    first = min(with_label, key=str)
    shown = the_first([f'"{labels[cell]}"' for cell in sorted(with_label, key=str)], 3)
    cure = f"--na {_written(first)} makes {_written(first)} a missing cell"
    return cells, [f'Column "{name}": labels stand for some of its numbers only ({shown}); all are numbers; {cure}.']


def _apart(name: str, column: Sequence[Any], labels: Mapping[Any, str]) -> tuple[Declared, list[str]]:
    """Return cells as their labels; values that share one are kept apart."""
    counts = Counter(labels.values())
    called = {value: f"{label} ({_written(value)})" if counts[label] > 1 else label for value, label in labels.items()}
    shared = [label for value, label in called.items() if counts[labels[value]] > 1]
    said = f'Column "{name}": values that share a label are kept apart as {the_first(quoted(shared), 3)}'
    notes = [f"{said}; recode them if they are one."] if shared else []
    cells = [called.get(cell) if cell is not None and cell == cell else None for cell in column]
    return Declared(list(called.values()), cells), notes


def _written(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _first_day(cell: Any, periods: int) -> date | None:
    """Return the first day of a week, month, quarter or half year that is counted from 1960."""
    if cell is None or cell != cell or not isinstance(cell, int | float):
        return None
    year, period = divmod(int(cell), periods)
    if not date.min.year <= 1960 + year <= date.max.year:
        return None
    first = date(1960 + year, 1, 1)
    return first + timedelta(days=7 * period) if periods == 52 else first.replace(month=1 + period * 12 // periods)
