"""Parquet files: duckdb reads them, their own metadata tell names, the index of pandas, and units of durations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from clearprop.tables.columns.cells import missing_words
from clearprop.tables.columns.column import Column
from clearprop.tables.columns.names import unique_names
from clearprop.tables.columns.spellings import NA
from clearprop.tables.sources import sql
from clearprop.tables.sources.arrow_schema import Known, known_columns
from clearprop.tables.sources.number_formats import spelled_alike
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.pandas_index import without_index
from clearprop.tables.sources.staged import CHUNK, MOST_CLASSES, Staged
from clearprop.tables.sources.typed import TypedColumn, notes_on_nested, read_classes, read_typed, unreadable
from clearprop.tables.table import Table


def read_parquet(path: Path, options: Options) -> Table:
    """Read a Parquet file."""
    columns, notes = _columns(sql.connect(), path, options)
    table = read_typed(path, _relation(path, columns), columns, options)
    return replace(table, notes=(*table.notes, *notes))


def stage_parquet(
    connection: sql.Connection, path: Path, options: Options
) -> tuple[Staged, dict[str, str], Column | None, list[str]]:
    """Bring a Parquet file into duckdb as text cells.

    Returns
    -------
    Staged, dict, Column or None, list of str
        The cells; the kind of each column that is not text; the target as labels of classes, None where they are too
        many for that; and what is to be said.
    """
    columns, notes = _columns(connection, path, options)
    flat = [column for column in columns if column.flat]
    source = _relation(path, columns)
    names, renamed = unique_names(column.name for column in flat)
    kinds = {name: column.kind for name, column in zip(names, flat, strict=True) if column.kind}
    try:
        for k, start in enumerate(range(0, len(flat), CHUNK)):
            cells = [
                f"{_staged(connection, source, flat[i], names[i], kinds, options)} AS c{i}"
                for i in range(start, min(start + CHUNK, len(flat)))
            ]
            connection.execute(f"CREATE TABLE cells{k} AS SELECT {', '.join(cells)} FROM {source}")
    except sql.error() as error:
        raise unreadable(path, error) from None
    n_rows = connection.execute("SELECT count(*) FROM cells0").fetchone()[0]
    classes = _classes(connection, source, flat, options.target)
    return Staged(connection, names, n_rows), kinds, classes, [*renamed, *notes_on_nested(columns), *notes]


def _staged(
    connection: sql.Connection, source: str, column: TypedColumn, name: str, kinds: dict[str, str], options: Options
) -> str:
    """Return SQL for the cells of a column as text, NULL where they are missing, without the blanks around them.

    Text that is to be labels keeps its blanks, and so does text that differs by blanks only, which `kinds` is told.
    """
    text = column.as_text
    spec = options.kinds.get(name, options.kinds.get("*"))
    if spec is None and column.category:
        kinds[name] = spec = "category"
    if spec == "category" and (column.category or not column.kind):
        return f"CASE WHEN trim({text}) IN ({_listed(('', *options.na))}) THEN NULL ELSE {text} END"
    gone = f"trim({text}) IN ({_listed((*NA, *spelled_alike(options.na)))})"
    if not column.kind and spec is None:
        padded = f"SELECT coalesce(bool_or({text} <> trim({text})), false) FROM {source}"
        differ = f"SELECT count(DISTINCT {text}) > count(DISTINCT trim({text})) FROM {source} WHERE NOT {gone}"
        if connection.execute(padded).fetchone()[0] and connection.execute(differ).fetchone()[0]:
            kinds[name] = "category"
            return f"CASE WHEN {gone} THEN NULL ELSE {text} END"
    return f"CASE WHEN {gone} THEN NULL ELSE trim({text}) END"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(sql.text, words))


def words_for_missing(connection: sql.Connection, path: Path, options: Options, labels: Sequence[str]) -> list[str]:
    """Return a note on each word in these columns of labels that was taken for a missing cell."""
    columns, _ = _columns(connection, path, options)
    source, notes = _relation(path, columns), []
    for column in columns:
        if column.name in labels and column.kind is None and options.kinds.get(column.name) != "category":
            text = f"trim({column.as_text})"
            query = f"SELECT {text}, count(*) FROM {source} WHERE {text} IN ({_listed(NA[1:])}) GROUP BY 1 ORDER BY 1"
            notes += missing_words(column.name, dict(connection.execute(query).fetchall()))
    return notes


def _columns(connection: sql.Connection, path: Path, options: Options) -> tuple[list[TypedColumn], list[str]]:
    """Return the columns by their names in the file, without the index of pandas, and notes."""
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({sql.file(path)})").fetchall()
        names = _names(connection, path) or [name for name, *_ in described]
        about = dict(connection.execute(f"SELECT key, value FROM parquet_kv_metadata({sql.file(path)})").fetchall())
    except sql.error() as error:
        raise unreadable(path, error) from None
    known = known_columns(about.get(b"ARROW:schema", b""))
    kept, notes = without_index(names, about.get(b"pandas"), options)
    columns = [
        _column(name, f"p{i}", kind, known.get(name, Known()))
        for i, (name, (_, kind, *_)) in enumerate(zip(names, described, strict=True))
    ]
    return [column for column in columns if column.name in kept], notes


def _column(name: str, cell: str, kind: str, known: Known) -> TypedColumn:
    """Return a column as it is read; whole numbers of 128 bits stand in the file as bytes, the lowest first."""
    if not (known.wide and kind == "BLOB"):
        return TypedColumn(name, cell, kind, known.unit, known.category)
    digits = [f"substr(hex({cell}), {k}, 2)" for k in range(31, 0, -2)]  # of each byte, the highest first
    high, low = (f"CAST('0x' || {' || '.join(half)} AS UBIGINT)" for half in (digits[:8], digits[8:]))
    if known.wide == "HUGEINT":
        high = f"(CAST({high} AS HUGEINT) - CASE WHEN {high} >= {2**63} THEN {2**64}::HUGEINT ELSE 0 END)"
    return TypedColumn(name, f"(CAST({high} AS {known.wide}) * {2**64}::{known.wide} + {low})", known.wide)


def _names(connection: sql.Connection, path: Path) -> list[str]:
    """Return the names of the columns as they stand in the file: duckdb renames those that differ in case only."""
    tree = connection.execute(f"SELECT name, num_children FROM parquet_schema({sql.file(path)})").fetchall()
    names, position = [], 1
    for _ in range(tree[0][1] or 0):
        names.append(tree[position][0])
        position = _after(tree, position)
    return names


def _after(tree: Sequence[tuple[str, Any]], position: int) -> int:
    """Return where the element after this one and its children stands."""
    open_ = 1
    while open_:
        open_ += (tree[position][1] or 0) - 1
        position += 1
    return position


def _relation(path: Path, columns: Sequence[TypedColumn]) -> str:
    """Return the relation of the file with columns p0, p1, ... by their place."""
    n = 1 + max((int(place) for column in columns for place in re.findall(r"\bp(\d+)\b", column.cell)), default=0)
    return f"read_parquet({sql.file(path)}) AS parquet({', '.join(f'p{i}' for i in range(n))})"


def _classes(
    connection: sql.Connection, relation: str, columns: Sequence[TypedColumn], target: str | None
) -> Column | None:
    column = next((column for column in columns if column.name == target), None)
    if column is None:
        return None
    n = connection.execute(f"SELECT approx_count_distinct({column.cell}) FROM {relation}").fetchone()[0]
    return read_classes(connection, relation, columns, target) if n <= MOST_CLASSES else None
