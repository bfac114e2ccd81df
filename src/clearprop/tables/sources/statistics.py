"""Files of SPSS, Stata and SAS, read by pyreadstat: codes become their labels, cells declared missing are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clearprop.errors import DataError
from clearprop.tables.columns.names import quoted, the_first
from clearprop.tables.sources.frames import read_columns
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.peek import library, unreadable
from clearprop.tables.table import Table


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
    cells = {}
    for name, column in columns.items():
        cells[name], left = _labelled(column, labels.get(name, {}))
        if left:
            notes.append(
                f'Column "{name}": labels stand for some of its numbers only ({the_first(quoted(left), 3)}); '
                "they were read as numbers, and these mean what they say."
            )
    return read_columns(path.name, list(cells.items()), options, notes)


def _labelled(column: Sequence[Any], labels: Mapping[Any, str]) -> tuple[Sequence[Any], list[str]]:
    """Return the cells as labels where every one has one; else as they are, and the labels that some of them have."""
    distinct = {cell for cell in column if cell is not None and cell == cell}
    with_label = distinct & set(labels)
    if with_label and with_label == distinct:
        return [None if cell is None else labels.get(cell) for cell in column], []
    return [None if cell == "" else cell for cell in column], sorted(labels[cell] for cell in with_label)
