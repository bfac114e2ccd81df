"""Tables that are already in memory: pandas, polars, pyarrow, NumPy arrays, mappings of columns."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.columns.cells import NestedCells, from_array, from_categories, from_objects, from_written
from clearprop.tables.columns.classes import class_column
from clearprop.tables.columns.column import Column, category
from clearprop.tables.columns.names import UNNAMED, unique_names
from clearprop.tables.sources.choosing import Rules
from clearprop.tables.sources.labelled import Declared
from clearprop.tables.sources.libraries import (
    as_series,
    is_pandas,
    is_pandas_frame,
    is_polars,
    is_polars_frame,
    is_pyarrow,
    is_pyarrow_table,
)
from clearprop.tables.sources.options import Options
from clearprop.tables.table import Table

_FEW = 256
"""Cells of text that Python codes sooner than polars does."""

Build = Callable[[str, Rules], tuple[Column, list[str]]]


def read_frame(source: Any, options: Options, called: str = "") -> Table:
    """Return the table of a data frame, an array or a mapping of columns; messages name it as it is `called`.

    Raises
    ------
    DataError
        If it is none of these, or its columns differ in length.
    """
    series = series_of(source)
    columns = _columns(source, series)
    _check_names(source, [name for name, _ in series], options.target)
    cells = _target_cells(source, series, options.target)
    classes = None if cells is None else class_column(str(options.target), cells)
    table = replace(assemble(called or type(source).__name__, columns, options), classes=classes)
    return without_row_names(table, options)


def without_row_names(table: Table, options: Options, unnamed: bool = False) -> Table:
    """Leave out what was the index of a frame before it went through a CSV file, as such a file's reader does."""
    first = table.names[0]
    asked_for = (*options.kinds, *options.keep, *options.only, options.target)
    if not (first == UNNAMED or unnamed) or len(table.names) == 1 or first in asked_for:
        return table
    why = "has no name" if unnamed else f'is called "{first}"'
    said = f"The first column {why}: it was taken for the names of the rows; --keep {shlex.quote(first)} keeps it."
    notes = (note for note in table.notes if not note.startswith("Column 1 has no name"))
    return replace(table.only(*table.names[1:]), notes=(*notes, said))


def read_columns(
    source: str,
    columns: Sequence[tuple[str, Any]],
    options: Options,
    notes: Sequence[str] = (),
    line_of: Callable[[int], int] | None = None,
) -> Table:
    """Return the table of named cells that a file held, as Python objects or arrays."""
    table = assemble(source, [(name, build_of(cells)) for name, cells in columns], options, line_of)
    names, _ = unique_names(name for name, _ in columns)
    cells = dict(zip(names, (cells for _, cells in columns), strict=True)).get(options.target or "")
    cells = cells.cells if isinstance(cells, Declared) else cells
    classes = None if cells is None else class_column(str(options.target), cells)
    table = replace(table, notes=(*notes, *table.notes), classes=classes)
    given = [name.strip() for name, _ in columns]
    return without_row_names(table, options, not given[0] and all(given[1:]))


def assemble(
    source: str, raw: Sequence[tuple[str, Build]], options: Options, line_of: Callable[[int], int] | None = None
) -> Table:
    """Build the columns of a source and put them together."""
    names, notes = unique_names(column for column, _ in raw)
    bad = options.collector(source)
    bad.line_of = line_of
    told = options.decimal is not None
    rules = Rules(
        options.kinds, options.decimal or ".", bad.add_cell, options.na, told, options.dates or "", exact=True
    )
    builds = dict(zip(names, (build for _, build in raw), strict=True))
    columns, assumed = _built(builds, rules)
    if not told and {signs.decimal for signs in rules.seen if signs.sure} == {","}:
        bad.cells.clear()
        columns, assumed = _built(builds, replace(rules, decimal=",", told_decimal=True))
    notes += assumed
    if builds and not columns:
        raise DataError(f"{source} has no column of plain values; it has lists or objects only.")
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1 or lengths == {0}:
        found = ", ".join(f'"{column.name}" {len(column)}' for column in columns.values())
        raise DataError(f"a table needs columns of one length of 1 or more, got {found or 'none'}.")
    table = Table(source, columns, lengths.pop(), notes=tuple(notes), line_of=line_of)
    return bad.leave_out(table, lambda rows: {})


def _built(builds: Mapping[str, Build], rules: Rules) -> tuple[dict[str, Column], list[str]]:
    """Build the columns, but for those of lists or objects."""
    columns: dict[str, Column] = {}
    notes: list[str] = []
    for name, build in builds.items():
        try:
            columns[name], assumed = build(name, rules)
        except NestedCells:
            assumed = [f'Column "{name}" holds lists or objects; it was left out.']
        notes += assumed
    return columns, notes


def series_of(source: Any) -> list[tuple[str, Any]]:
    """Return names and cells of the columns of a data frame, a table or a mapping; [] of anything else."""
    if is_pandas_frame(source):
        return [(str(name), series) for name, series in source.items()]
    if is_polars_frame(source):
        return [(series.name, series) for series in source.get_columns()]
    if is_pyarrow_table(source):
        return [(name, source.column(i)) for i, name in enumerate(source.column_names)]
    if isinstance(source, Mapping):
        return [(str(name), cells) for name, cells in source.items()]
    return []


def _check_names(source: Any, names: Sequence[str], target: str | None) -> None:
    """Refuse names that differ by their type only, since nothing tells such columns apart, and two targets.

    Raises
    ------
    DataError
        Naming them.
    """
    of_text: dict[str, Any] = {}
    for name in source.columns if is_pandas_frame(source) else source if isinstance(source, Mapping) else ():
        other = of_text.setdefault(str(name), name)
        if type(other) is not type(name):
            raise DataError(f"two columns are called {other!r} and {name!r}, which look alike; rename one.")
    if target is not None and names.count(target) > 1:
        raise DataError(f'two columns are called "{target}", the target; rename or drop one.')


def _target_cells(source: Any, series: Sequence[tuple[str, Any]], target: str | None) -> Any:
    """Return the cells of the target of a source with names, None if there is none."""
    if isinstance(source, np.ndarray) and source.dtype.names and target in source.dtype.names:
        return source[target]
    return dict(series).get(target) if target is not None else None


def _columns(source: Any, series: Sequence[tuple[str, Any]]) -> list[tuple[str, Build]]:
    if series:
        return [(name, build_of(cells)) for name, cells in series]
    if isinstance(source, np.ndarray):
        return array_columns("x", source)
    raise DataError(
        f"a table cannot be read from {type(source).__name__}; give a path, a pandas, polars or pyarrow table, "
        "a NumPy array (n_rows, n_columns), or a mapping of names to columns."
    )


def array_columns(name: str, array: Any) -> list[tuple[str, Build]]:
    """Return the columns of an array: one if it is (n_rows,), or name0, name1, ... if it is (n_rows, n_columns)."""
    if array.dtype.names:
        return [(field, _array(array[field])) for field in array.dtype.names]
    if array.ndim == 1:
        return [(name, _array(array))]
    if array.ndim != 2 or not array.size:
        raise DataError(f"an array must have shape (n_rows, n_columns), neither of them 0, got {array.shape}.")
    stem = "x" if name == "X" else name
    return [(f"{stem}{i}", _array(array[:, i])) for i in range(array.shape[1])]


def _array(array: Any) -> Build:
    return lambda name, rules: from_array(name, array, rules)


def _objects(cells: Any) -> Build:
    return lambda name, rules: from_objects(name, cells, rules)


def _codes(codes: Any, labels: Any) -> Build:
    return lambda name, rules: from_categories(name, codes, labels, rules)


def _text(codes: Any, labels: Any) -> Build:
    """Read text that a library has coded already: labels in the order of their first cells, −1 where one is missing."""

    def build(name: str, rules: Rules) -> tuple[Column, list[str]]:
        written = Column(name, "category", np.asarray(codes).astype(np.int32), tuple(labels))
        return from_written(written, rules) if written.labels else from_objects(name, [None] * len(written), rules)

    return build


def _declared(declared: Declared) -> Build:
    def build(name: str, rules: Rules) -> tuple[Column, list[str]]:
        unasked = rules.spec(name) in (None, "category", "boolean")
        return (
            (declared.column(name, rules.spec(name)), [])
            if unasked
            else from_objects(name, list(declared.cells), rules)
        )

    return build


def _labels(cells: Any) -> Build:
    coded = category("", cells)
    return _codes(coded.values, coded.labels)


def build_of(cells: Any) -> Build:
    """Read a column: a series of one of the libraries, an array, or a list of Python objects."""
    if type(cells) is list:
        return _objects(cells)
    if isinstance(cells, Declared):
        return _declared(cells)
    for known, read in ((is_pandas, _pandas), (is_polars, _polars), (is_pyarrow, _pyarrow)):
        if known(cells):
            return read(cells)
    if isinstance(cells, np.ma.MaskedArray):
        return _objects(cells.tolist())  # None where it is masked
    if isinstance(cells, np.ndarray):
        if cells.ndim != 1:
            raise DataError(f"a column must have shape (n_rows,), got {cells.shape}.")
        return _array(cells)
    if isinstance(cells, str) or not hasattr(cells, "__len__"):
        raise DataError(f"a column must be a list or an array, got {type(cells).__name__}.")
    return _objects(list(cells))


def _pandas(column: Any) -> Build:
    series = as_series(column)
    dtype = series.dtype
    if hasattr(dtype, "categories"):
        return _codes(series.cat.codes.to_numpy(), dtype.categories.tolist())
    if hasattr(dtype, "pyarrow_dtype"):
        return _pyarrow(_arrow_array(series))
    if getattr(dtype, "tz", None) is not None:
        return _array(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())
    if type(dtype).__name__ == "PeriodDtype":
        return _array(series.dt.to_timestamp().to_numpy())
    if isinstance(dtype, np.dtype):
        return _array(series.to_numpy()) if dtype.kind != "O" else _objects(series.tolist())
    if type(dtype).__name__ == "StringDtype":
        codes, labels = series.factorize()
        return _text(codes, labels.tolist())
    if dtype.kind in "iuf" and not series.isna().any():
        return _array(series.to_numpy(dtype=f"{dtype.kind}8"))
    return _objects(series.astype(object).tolist())


def _arrow_array(series: Any) -> Any:
    import pyarrow as pa

    return pa.array(series)


def _polars(series: Any) -> Build:
    dtype = series.dtype
    if type(dtype).__name__ in ("Categorical", "Enum"):
        return _labels(series.to_list())
    if type(dtype).__name__ in ("Int128", "UInt128"):  # which NumPy has not
        return _objects(series.to_list())
    if dtype.is_numeric() and not series.null_count():
        return _array(series.to_numpy() if not dtype.is_decimal() else series.cast(float).to_numpy())
    if dtype.is_float() or (type(dtype).__name__ == "Boolean" and not series.null_count()):
        return _array(series.to_numpy())
    if type(dtype).__name__ == "String" and len(series) > _FEW:
        return _text(*_coded_by_polars(series))
    return _objects(series.to_list())


def _coded_by_polars(series: Any) -> tuple[Any, list[str]]:
    """Return the codes of a polars column of text, −1 where a cell is missing, and what they stand for."""
    import polars as pl

    labels = series.drop_nulls().unique(maintain_order=True)
    codes = series.cast(pl.Enum(labels)).to_physical().cast(pl.Int32)
    return codes.fill_null(-1).to_numpy(), labels.to_list()


def _pyarrow(column: Any) -> Build:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _labels(column.to_pylist())
    plain = pa.types.is_integer(kind) or (pa.types.is_floating(kind) and not pa.types.is_float16(kind))
    if plain and not column.null_count:
        return _array(column.to_numpy())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _text(*_coded(column))
    return _objects(column.to_pylist())


def _coded(column: Any) -> tuple[Any, list[str]]:
    """Return the codes of a pyarrow column of text, −1 where a cell is missing, and what they stand for."""
    coded = column.dictionary_encode()
    coded = coded.combine_chunks() if hasattr(coded, "combine_chunks") else coded
    return coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), coded.dictionary.to_pylist()
