"""read_table: rows and columns from wherever they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, Unpack

import numpy as np

from clearprop.errors import DataError, UsageError, closest
from clearprop.paths import fault_of
from clearprop.tables.columns.suspected import remarks_on_numbers
from clearprop.tables.sources.bundled import BUNDLED, read_bundled
from clearprop.tables.sources.durations import DURATION
from clearprop.tables.sources.formats import format_of
from clearprop.tables.sources.frames import read_frame
from clearprop.tables.sources.number_formats import plain_number
from clearprop.tables.sources.options import Options, ReadOptions
from clearprop.tables.sources.pipes import as_file
from clearprop.tables.table import Table

T = TypeVar("T", bound=Table)


def read_table(source: Any, **options: Unpack[ReadOptions]) -> Table:
    """Read a table from a file, a bundled set, a data frame, arrays or columns.

    Parameters
    ----------
    source : str, Path, data frame, array (n_rows, n_columns), or mapping of str to columns
        A path of a file of one of the formats in `clearprop.tables.sources.formats`: CSV and its like, Parquet, JSON,
        Excel, SPSS, Stata, SAS, Arrow, Avro, ORC, ARFF, svmlight, NumPy, MATLAB, netCDF 3, IDX (text may be gzipped);
        "-" for standard input, or a pipe; the name of a bundled set ("digits", "iris", "wine", "breast_cancer",
        "diabetes"); a pandas, polars or pyarrow table.
    na : sequence of str
        Spellings of a missing cell, beside the usual ones ("", "NA", "n/a", "NaN", "null", "?", ...).
    kinds : mapping of str to str, optional
        Required kinds: "number", "boolean", "date", "category", with a format after a colon if need be
        ("date:%d/%m/%Y", "number:decimal comma"); "*" stands for all other columns. `Schema.kinds` gives those
        of the training data.
    delimiter : str, optional
        Found out if left out: comma, semicolon, tab or bar.
    header : bool, optional
        Whether the first line holds names. If left out: it does unless it holds nothing but numbers.
    decimal : {".", ","}, optional
        Sign of decimals where a column can be read both ways; if left out, a comma in files with semicolons.
    bad_rows : {"error", "quarantine"}
        Whether the first bad row is an error, or bad rows are written to the file `rejects` and left out.
    max_bad : float
        Share of bad rows above which quarantine is an error too.
    rejects : str or Path, optional
        Where bad rows go; NAME.rejects.csv in the working folder if left out.
    keep_empty : bool
        Whether a row of a text file without a single cell stays a row, all of it missing, instead of being left out.
    target : str, optional
        The column to predict. Its cells are kept besides as labels of classes, each as it was written or given
        (`Table.with_classes`).
    dates : {"day-first", "month-first"}, optional
        Which comes first where a column of dates can be read both ways.
    encoding : str, optional
        Of a text file, such as "cp1251"; UTF-8, UTF-16 and Latin-1 are found out.
    comment : str, optional
        What a line begins with that is no row. If left out, lines above the names that begin with # are left out.
    skip : int, optional
        Number of lines above the names. If left out, titles and comments are found out.
    sheet : str or int, optional
        Name or number (from 0) of the sheet of a workbook; the first if left out.
    index_base : {0, 1}, optional
        The index that an svmlight file gives its first feature, which is then called "x1"; if left out, features are
        called by their index.
    keep, drop, only : sequence of str
        Columns to keep that would be left out as the names of rows; columns to leave out; the only ones to take.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If the source cannot be found or read; the message names file, line and column.
    UsageError
        If an option has no meaning.
    WriteError
        If the system refuses to write the rejects.
    """
    reading = Options.of(options)
    table = chosen(_read(source, reading), reading)
    if isinstance(source, Table):
        return table
    table = _with_na(table, reading.na) if reading.na else table
    said = remarks_on_numbers(table.columns.values(), reading.kinds)
    return replace(table, notes=(*table.notes, *said)) if said else table


def _with_na(table: Table, na: Sequence[str]) -> Table:
    """Return a table without the cells that the user said are missing, numbers however they are written.

    Text is read so already; numbers and labels that a source has types for are not.
    """
    words = [value for value in map(plain_number, na) if value is not None]
    columns = {
        name: replace(column, values=np.where(np.isin(column.values, words), np.nan, column.values))
        if words and column.kind == "number" and column.format != DURATION
        else column
        for name, column in table.columns.items()
    }
    classes = table.classes
    if classes is not None:
        gone = [code for code, label in enumerate(classes.labels) if _is_na(label, na, words)]
        values = np.where(np.isin(classes.values, gone), np.int32(-1), classes.values)
        classes = replace(classes, values=values.astype(np.int32)) if gone else classes
    return replace(table, columns=columns, classes=classes)


def _is_na(label: Any, na: Sequence[str], words: Sequence[float]) -> bool:
    if isinstance(label, str):
        return label.strip() in na
    return isinstance(label, int | float) and not isinstance(label, bool) and label in words


def chosen(table: T, options: Options) -> T:
    """Return the table of the columns that are wanted.

    Raises
    ------
    DataError
        If an option names a column that there is not; kinds that a model knows may be of others.
    """
    kinds = () if "*" in options.kinds else [name for name in options.kinds if name != options.target]
    for name in (*options.drop, *options.only, *kinds):
        table.check_name(name)
    if not (options.drop or options.only):
        return table
    wanted = options.only or table.names
    return table.only(*(name for name in wanted if name not in options.drop))


def _read(source: Any, options: Options) -> Table:
    if isinstance(source, Table):
        return source
    if isinstance(source, str) and source in BUNDLED and not os.path.isfile(source):
        return read_bundled(source)
    if isinstance(source, str | Path):
        return _read_file(Path(source), options)
    return read_frame(source, options)


def _read_file(path: Path, options: Options) -> Table:
    fault = fault_of(path)
    if fault is not None:
        raise DataError(fault)
    path = as_file(path)
    check_file(path, options.rejects)
    return format_of(path).read(path, options)


def check_file(path: Path, rejects: str | Path | None) -> None:
    """Refuse a path that is no file with something in it, or over which the rejects would be written."""
    if path.is_dir():
        raise DataError(f"{path} is a folder; name one file in it.")
    if path.suffix == ".safetensors":
        raise DataError(f"{path} is called like a model, not like a table; name a table, such as a CSV file.")
    if not path.exists():
        folder = path.parent
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        near = closest(path.name, [*names, *BUNDLED])
        guess = f' Did you mean "{near}"?' if near else ""
        where = f"There is no file {path}" if folder.is_dir() else f"There is no folder {folder}"
        raise DataError(f"{where}.{guess} Bundled sets: {', '.join(BUNDLED)}.")
    if rejects is not None and Path(rejects).exists() and path.samefile(rejects):
        raise UsageError(f"the rejects cannot be written over {path.name}, which is read; name another file.")
    if path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty; expected a first line of column names and then one line per row.")
