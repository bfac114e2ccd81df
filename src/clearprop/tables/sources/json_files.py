"""JSON: one object a line, an array of records, or one object of columns as pandas writes it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from clearprop.errors import DataError
from clearprop.tables.columns.names import quoted, the_first
from clearprop.tables.sources import limits, sql
from clearprop.tables.sources.encoding import open_binary, open_text
from clearprop.tables.sources.frames import read_columns
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.pandas_index import without_index
from clearprop.tables.sources.typed import TypedColumn, read_typed, unreadable
from clearprop.tables.sources.wide import is_wide
from clearprop.tables.table import Table

_LOOKED_AT = 1000  # records
_ALL_FIELDS = "sample_size = -1, map_inference_threshold = -1, field_appearance_threshold = 0"
"""Of records with very many fields of one type duckdb would make maps."""
_MANY_FIELDS = 400
_AS_WRITTEN = ("DATE", "TIME", "TIMESTAMP", "UUID")  # duckdb takes some texts for these; text has rules of its own here


_BEGINS = re.compile(r'(?:\ufeff)?\s*(?:\[\s*)?\{\s*"(?:[^"\\]|\\.)*"\s*:')


def looks_like_json(head: bytes) -> bool:
    """Return whether the first thing is an object with a name, or an array of such."""
    return _BEGINS.match(head.decode("utf-8", "replace")) is not None


def read_json(path: Path, options: Options) -> Table:
    """Read a file of JSON."""
    with open_binary(path) as file:
        first = file.read(4096).decode("utf-8-sig", "replace").lstrip()
    if first.startswith("["):
        return _read_array(path, options)
    if first.startswith("{") and not _is_line(path):
        return _read_document(path, options)
    return _read_lines(path, options)


def records_as_columns(records: Sequence[Mapping[str, Any]]) -> tuple[list[tuple[str, list[Any]]], list[str]]:
    """Return the columns of records, which need not have the same fields, and a note for each that is left out."""
    names = dict.fromkeys(name for record in records for name in record)
    columns = [(name, [record.get(name) for record in records]) for name in names]
    nested = [name for name, cells in columns if any(isinstance(cell, list | dict) for cell in cells)]
    notes = [f'Column "{name}" holds lists or objects; it was left out.' for name in nested]
    return [(name, cells) for name, cells in columns if name not in nested], notes


def _read_lines(path: Path, options: Options) -> Table:
    try:
        if is_wide(path, len(next(_records(path), ())), _MANY_FIELDS):
            return _one_by_one(path, options, _line_finder(path))
    except ValueError:  # which is said below
        pass
    try:
        return _by_duckdb(path, "newline_delimited", options, _line_finder(path))
    except DataError:
        _check_lines(path)
        raise


def _read_array(path: Path, options: Options) -> Table:
    try:
        return _by_duckdb(path, "array", options, None)
    except DataError:
        return _read_document(path, options)


def _by_duckdb(path: Path, form: str, options: Options, line_of: Callable[[int], int] | None) -> Table:
    """Read records by duckdb; one by one where they are wide, or where it takes two names for one, as a and A."""
    source, common = sql.file(path), f"format = '{form}', records = true, maximum_object_size = {limits.LINE}"
    try:
        described = sql.connect().execute(f"DESCRIBE SELECT * FROM read_json({source}, {common}, {_ALL_FIELDS})")
        types = {name: "VARCHAR" if kind.startswith(_AS_WRITTEN) else kind for name, kind, *_ in described.fetchall()}
    except sql.error() as error:
        raise unreadable(path, error) from None
    if is_wide(path, len(types), _MANY_FIELDS) or _renamed(path, list(types)):
        return _one_by_one(path, options, line_of)
    listed = ", ".join(f"{sql.text(name)}: {sql.text(kind)}" for name, kind in types.items())
    columns = [TypedColumn(name, sql.identifier(name), kind) for name, kind in types.items()]
    return read_typed(path, f"read_json({source}, {common}, columns = {{{listed}}})", columns, options, line_of)


def _one_by_one(path: Path, options: Options, line_of: Callable[[int], int] | None) -> Table:
    records = list(_records(path))
    if not all(isinstance(record, dict) for record in records):
        raise ValueError("not every record is an object")
    cells, notes = records_as_columns(records)
    return read_columns(path.name, cells, options, notes, line_of)


def _renamed(path: Path, names: Sequence[str]) -> bool:
    """Return whether duckdb may have renamed a field, as it does where two differ in case only."""
    folded = {name.casefold() for name in names}
    suspects = {name for name in names if (stem := re.fullmatch(r"(.+)_\d+", name)) and stem[1].casefold() in folded}
    if not suspects:
        return False
    written = {name for record in islice(_records(path), _LOOKED_AT) for name in record}
    return not suspects <= written


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file of lines or of an array."""
    with open_text(path, "utf-8-sig") as file:
        start = file.read(1)
        while start.isspace():
            start = file.read(1)
        if start == "[":
            yield from _document(path)
            return
    with open_text(path, "utf-8-sig") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _read_document(path: Path, options: Options) -> Table:
    try:
        found = _document(path)
    except ValueError:
        _check_lines(path)
        with open_binary(path) as file:
            long = len(file.readline(limits.LINE)) == limits.LINE
        if long:
            most = limits.size(limits.LINE)
            raise DataError(f"{path.name}:1 has a record of more than {most}; leave out its long cells.") from None
        raise DataError(f"{path.name} is no JSON; write one object per line, or an array of objects.") from None
    columns, notes = _columns_of(path, found, options)
    if not columns:
        raise DataError(f"{path.name} holds no rows; write one object per line, or an array of objects.")
    return read_columns(path.name, columns, options, notes)


def _document(path: Path) -> Any:
    with open_binary(path) as file:
        text = file.read(limits.IN_MEMORY + 1)
    if len(text) > limits.IN_MEMORY:
        raise DataError(f"{path.name} has more than {limits.size(limits.IN_MEMORY)}; write one object per line.")
    return json.loads(text.decode("utf-8-sig"))


def _columns_of(path: Path, found: Any, options: Options) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return the columns of a document in one of the shapes in which pandas writes a data frame."""
    if isinstance(found, dict) and isinstance(found.get("data"), list) and {"columns", "schema"} & set(found):
        names = found.get("columns")
        rows = found["data"]
        if not isinstance(names, list):
            return _without_keys(rows, found.get("schema"), options)
        found = [dict(zip(map(str, names), row, strict=True)) for row in rows]
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return records_as_columns(found)
    if isinstance(found, list) and all(isinstance(row, list) for row in found):
        return records_as_columns([{f"x{i}": cell for i, cell in enumerate(row)} for row in found])
    if isinstance(found, dict) and all(isinstance(cells, list) for cells in found.values()):
        return list(found.items()), []
    if isinstance(found, dict) and all(isinstance(cells, dict) for cells in found.values()):
        return _by_row_names(found)
    if isinstance(found, dict) and not any(isinstance(cell, list | dict) for cell in found.values()):
        return records_as_columns([found])
    raise DataError(f"{path.name} is JSON but no table; write one object per line, an array of objects, or columns.")


def _without_keys(rows: list[Any], schema: Any, options: Options) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return the columns of records without those that pandas says are the index of its frame."""
    columns, notes = records_as_columns(rows)
    keys = schema.get("primaryKey", []) if isinstance(schema, dict) else []
    kept, said = without_index([name for name, _ in columns], json.dumps({"index_columns": keys}), options)
    return [(name, cells) for name, cells in columns if name in kept], [*notes, *said]


def _by_row_names(found: dict[str, dict[str, Any]]) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return the columns of {column: {row: cell}}, or of {row: {column: cell}} if only the outer names are numbers."""
    inner = dict.fromkeys(name for cells in found.values() for name in cells)
    if all(map(str.isdecimal, found)) and not all(map(str.isdecimal, inner)):
        return records_as_columns(list(found.values()))
    columns = [(name, [cells.get(row) for row in inner]) for name, cells in found.items()]
    if all(map(str.isdecimal, inner)):
        return columns, []
    rows = the_first(quoted(inner), 3)
    said = f"The outer names of the objects were taken for columns, and the inner ones ({rows}) for the names of rows"
    return columns, [f"{said}; write an array of objects if it is the other way round."]


def _is_line(path: Path) -> bool:
    """Return whether the first line is an object by itself, and not one of columns."""
    with open_binary(path) as file:
        line = next((line for line in iter(lambda: file.readline(limits.LINE), b"") if line.strip()), b"")
        more = bool(file.read(4096).strip())
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except ValueError:
        return False
    return more or not (found and all(isinstance(cell, list | dict) for cell in found.values()))


def _check_lines(path: Path) -> None:
    """Name the first line that is not a JSON object."""
    with open_text(path, "utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            try:
                sound = not line.strip() or isinstance(json.loads(line), dict)
            except ValueError:
                sound = False
            if not sound:
                raise DataError(f"{path.name}:{number} is not a JSON object; write one object per line.") from None


def _line_finder(path: Path) -> Callable[[int], int]:
    @lru_cache(maxsize=1)
    def lines() -> list[int]:
        with open_text(path, "utf-8") as file:
            return [number for number, line in enumerate(file, start=1) if line.strip()]

    return lambda row: lines()[row]
