"""Files that know the types of their columns: Parquet, JSON lines, .npy and .npz."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.columns.cells import from_text
from clearprop.tables.columns.classes import class_column
from clearprop.tables.columns.column import Column
from clearprop.tables.columns.spellings import NA
from clearprop.tables.sources import sql
from clearprop.tables.sources.dialect import open_text
from clearprop.tables.sources.frames import Build, array_columns, assemble
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.staged import CHUNK, MOST_CLASSES, Rules, Staged
from clearprop.tables.table import Table

_WHOLE = re.compile(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$")
_NUMBER = re.compile(_WHOLE.pattern + r"|(FLOAT|DOUBLE|DECIMAL\(.*\))$")
_MOMENT = re.compile(r"(DATE|TIMESTAMP.*)$")
_WORDS = re.compile(r"(VARCHAR|JSON|UUID|TIME|ENUM\(.*\))$")


def read_parquet(path: Path, options: Options) -> Table:
    """Read a Parquet file."""
    return _read(path, f"read_parquet({sql.file(path)})", options, None)


def read_json_lines(path: Path, options: Options) -> Table:
    """Read a file with one JSON object per line."""
    relation = f"read_json({sql.file(path)}, format = 'newline_delimited', records = true, sample_size = -1)"
    try:
        return _read(path, relation, options, _line_finder(path))
    except DataError:
        _check_lines(path)
        raise


def read_numpy(path: Path, options: Options) -> Table:
    """Read an .npy file, or an .npz file whose arrays are columns (1-D) or several columns (2-D); "y" is the target."""
    try:
        loaded = np.load(path, allow_pickle=False)
        arrays = {"x": loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path.name} cannot be read: {error}. Save plain arrays with np.save or np.savez.") from None
    raw = [part for name, array in arrays.items() for part in array_columns(name, array)]
    table = assemble(path.name, raw, options)
    return replace(table, target="y") if "y" in table.columns and len(table.columns) > 1 else table


def _check_lines(path: Path) -> None:
    """Name the first line that is not a JSON object."""
    with open_text(path, "utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                sound = not line.strip() or isinstance(json.loads(line), dict)
            except ValueError:
                sound = False
            if not sound:
                raise DataError(f"{path.name}:{number} is not a JSON object; write one object per line.") from None


def _read(path: Path, relation: str, options: Options, line_of: Callable[[int], int] | None) -> Table:
    connection = sql.connect()
    try:
        connection.execute(f"CREATE TABLE typed AS SELECT * FROM {relation}")
    except sql.error() as error:
        raise _unreadable(path, error) from None
    described = connection.execute("DESCRIBE typed").fetchall()
    raw = [(name, _build(connection, name, kind)) for name, kind, *_ in described if _is_flat(kind)]
    nested = [name for name, kind, *_ in described if not _is_flat(kind)]
    table = replace(assemble(path.name, raw, options, line_of), classes=_classes(connection, "typed", options.target))
    notes = [f'Column "{name}" holds lists or objects; it was left out.' for name in nested]
    return replace(table, notes=(*table.notes, *notes))


def _classes(connection: sql.Connection, relation: str, target: str | None) -> Column | None:
    """Return the cells of the target as labels of classes, each of its own type; None where there is no such column."""
    named = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
    if target is None or target not in named:
        return None
    cells = connection.execute(f"SELECT {sql.identifier(target)} FROM {relation}").fetchall()
    return class_column(target, [cell for (cell,) in cells])


def parquet_classes(connection: sql.Connection, path: Path, target: str | None) -> Column | None:
    """Return the cells of the target of a Parquet file as labels of classes, None where they are too many for that."""
    source = f"(SELECT * FROM read_parquet({sql.file(path)}))"
    if target is None:
        return None
    counted = f"SELECT approx_count_distinct({sql.identifier(target)}) FROM {source}"
    try:
        n = connection.execute(counted).fetchone()[0]
    except sql.error():
        return None  # no such column; what is wrong is said when it is asked for
    return _classes(connection, source, target) if n <= MOST_CLASSES else None


def stage_parquet(connection: sql.Connection, path: Path, options: Options) -> tuple[Staged, dict[str, str]]:
    """Bring a Parquet file into duckdb as text cells, and return the kind of each column that is not text."""
    missing = ", ".join(sql.text(spelling) for spelling in (*NA, *options.na))
    source = f"read_parquet({sql.file(path)})"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        flat = [(name, kind) for name, kind, *_ in described if _is_flat(kind)]
        for k, start in enumerate(range(0, len(flat), CHUNK)):
            cells = [
                f"CASE WHEN trim(CAST({sql.identifier(name)} AS VARCHAR)) IN ({missing}) THEN NULL "
                f"ELSE trim(CAST({sql.identifier(name)} AS VARCHAR)) END AS c{i}"
                for i, (name, _) in enumerate(flat[start : start + CHUNK], start=start)
            ]
            connection.execute(f"CREATE TABLE cells{k} AS SELECT {', '.join(cells)} FROM {source}")
    except sql.error() as error:
        raise _unreadable(path, error) from None
    n_rows = connection.execute("SELECT count(*) FROM cells0").fetchone()[0]
    kinds = {name: _kind(kind) for name, kind in flat if not _WORDS.match(kind)}
    return Staged(connection, tuple(name for name, _ in flat), n_rows), kinds


def _kind(kind: str) -> str:
    if kind == "BOOLEAN":
        return "boolean"
    return "date" if _MOMENT.match(kind) else "number"


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"{path.name} cannot be read: {str(error).splitlines()[0]}. Write the file anew.")


def _is_flat(kind: str) -> bool:
    return kind == "BOOLEAN" or (any(pattern.match(kind) for pattern in (_NUMBER, _MOMENT, _WORDS)) and "[" not in kind)


def _build(connection: sql.Connection, name: str, kind: str) -> Build:
    cell = sql.identifier(name)

    def build(called: str, rules: Rules) -> tuple[Column, list[str]]:
        if _WORDS.match(kind) or rules.kinds.get(called) == "category":
            written = f"{cell} ->> '$'" if kind == "JSON" else f"CAST({cell} AS VARCHAR)"
            return from_text(called, _fetch(connection, written).tolist(), rules)
        if _MOMENT.match(kind):
            return Column(called, "date", _floats(connection, f"epoch(CAST({cell} AS TIMESTAMP))")), []
        values = _floats(connection, f"CAST({cell} AS DOUBLE)")
        if kind == "BOOLEAN":
            return Column(called, "boolean", values, (False, True)), []
        return Column(called, "number", values, integer=bool(_WHOLE.match(kind))), []

    return build


def _fetch(connection: sql.Connection, expression: str) -> Any:
    return connection.execute(f"SELECT {expression} AS c FROM typed").fetchnumpy()["c"]


def _floats(connection: sql.Connection, expression: str) -> Any:
    return np.ma.filled(_fetch(connection, expression).astype(np.float64), np.nan)


def _line_finder(path: Path) -> Callable[[int], int]:
    @lru_cache(maxsize=1)
    def lines() -> list[int]:
        with open_text(path, "utf-8") as file:
            return [number for number, line in enumerate(file, start=1) if line.strip()]

    return lambda row: lines()[row]
