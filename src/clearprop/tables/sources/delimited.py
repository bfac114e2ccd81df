"""CSV, TSV and other text files of rows, gzipped or not."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.columns.column import Column
from clearprop.tables.columns.names import counted
from clearprop.tables.columns.spellings import NA
from clearprop.tables.sources import sql
from clearprop.tables.sources.bad_rows import BadRows
from clearprop.tables.sources.blanks import Written, is_there
from clearprop.tables.sources.choosing import Rules
from clearprop.tables.sources.dialect import Dialect, find_dialect
from clearprop.tables.sources.number_formats import spelled_alike
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.records import line_finder, records, repeats_names, write_sound, written_delimiter
from clearprop.tables.sources.staged import CHUNK, Staged
from clearprop.tables.sources.wide import Wide, is_wide, read_wide
from clearprop.tables.table import Table


def read_csv(path: Path, options: Options) -> Table:
    """Read a whole file into memory."""
    dialect = find_dialect(path, options)
    bad = options.collector(path.name)
    rules = rules_for(dialect, options, bad)
    with TemporaryDirectory(prefix="clearprop-") as folder:
        staged = _cells_of(dialect, options, bad, Path(folder))
        columns, notes = staged.columns(rules)
    classes, said = staged.classes(options)
    notes = [*dialect.notes, *staged.notes, *notes, *said]
    understood = dialect.understood | {"decimal": staged.signs(rules).decimal} | _kinds(columns.values())
    table = Table(
        bad.source, columns, staged.n_rows, notes=tuple(notes), line_of=bad.line_of, classes=classes,
        understood=understood,
    )  # fmt: skip
    return without_index(sound_rows(table, staged, dialect, bad, options.keep_empty), dialect, options)


def _cells_of(dialect: Dialect, options: Options, bad: BadRows, folder: Path) -> Staged | Wide:
    if is_wide(dialect.path, len(dialect.names)):
        return read_wide(dialect, options, bad)
    return stage(sql.connect(), dialect, options, bad, folder)


def _kinds(columns: Iterable[Column]) -> dict[str, dict[str, str]]:
    """Return the kinds of columns that are not what they would be without a format."""
    specs = {column.name: column.spec for column in columns if column.format}
    return {"kinds": specs} if specs else {}


def without_index(table: Table, dialect: Dialect, options: Options) -> Table:
    """Leave out a first column that holds the names or numbers of the rows."""
    name = index_of(dialect, options)
    return replace(table.only(*dialect.names[1:]), notes=without_index_notes(table.notes, name)) if name else table


def index_of(dialect: Dialect, options: Options) -> str:
    """Return the name of a first column that holds the names of the rows; "" if there is none, or it is asked for."""
    name = dialect.names[0]
    return name if dialect.index and name not in (*options.kinds, *options.keep, options.target) else ""


def without_index_notes(notes: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the notes without that on the name of the first column, and why it was left out."""
    why = "has no name: it was taken" if name.startswith("column_") else f'is called "{name}": it was taken'
    said = f"The first column {why} for the names of the rows, and left out; --keep {shlex.quote(name)} keeps it."
    return (*(note for note in notes if not note.startswith("Column 1 has no name")), said)


def stage(connection: sql.Connection, dialect: Dialect, options: Options, bad: BadRows, folder: Path) -> Staged:
    """Bring the cells of a file into duckdb as trimmed text.

    duckdb reads the file at full speed but only if all of it is sound. If it is not, the records are looked at one
    by one, and the sound ones are written to `folder` for duckdb to read, once more if blanks tell labels apart.
    """
    bad.line_of = line_finder(dialect)
    encoding, header = dialect.encoding, dialect.has_header
    n_repeated = 0
    source = _source(dialect.path, dialect, encoding, header)
    failed = not dialect.plain or bool(_load(connection, source, dialect, options))
    if failed or _has_names_again(connection, dialect):
        clean = folder / "sound.csv"
        lines, n_repeated = write_sound(dialect, clean, bad.add_line)
        source = _source(clean, dialect, "utf-8", False)
        problem = _load(connection, source, dialect, options)
        if problem:
            raise DataError(f"{dialect.path.name} cannot be read: {problem}. Write the file anew as plain CSV.")
        bad.line_of = line_finder(dialect, lines)
    n_rows = connection.execute("SELECT count(*) FROM cells0").fetchone()[0]
    again = f"{counted(n_repeated, 'line')} that repeat the names left out." if n_repeated else ""
    written = Written(dialect, source, _words(options))
    return Staged(connection, dialect.names, n_rows, (again,) if again else (), written)


def _has_names_again(connection: sql.Connection, dialect: Dialect) -> bool:
    """Return whether a row holds the names of its columns, as where files were put one behind the other."""
    if not repeats_names(dialect):
        return False
    same = " AND ".join(f"c{i} = {sql.text(name)}" for i, name in enumerate(dialect.names[:CHUNK]))
    return bool(connection.execute(f"SELECT count(*) FROM cells0 WHERE {same}").fetchone()[0])


def _load(connection: sql.Connection, source: str, dialect: Dialect, options: Options) -> str:
    """Fill the relations cells0, cells1, ... with trimmed text, NULL where it is missing; return what went wrong.

    The cells of the target stand in the relation `written`, spellings of missing cells among them.
    """
    n = len(dialect.names)
    asked = [i for i, name in enumerate(dialect.names) if options.spec(name) == "category"]
    target = dialect.names.index(options.target) if options.target in dialect.names else -1
    try:
        if n > CHUNK:
            connection.execute(f"CREATE OR REPLACE TABLE raw AS SELECT * FROM {source}")
            source = "raw"
        for start in range(0, n, CHUNK):
            cells = _trimmed(range(start, min(start + CHUNK, n)), target, asked, options)
            connection.execute(f"CREATE OR REPLACE TABLE cells{start // CHUNK} AS SELECT {cells} FROM {source}")
        if target >= 0:
            connection.execute(f"CREATE OR REPLACE TABLE written AS SELECT written FROM cells{target // CHUNK}")
    except sql.error() as error:
        return str(error).splitlines()[0]
    connection.execute("DROP TABLE IF EXISTS raw")
    return ""


def _source(path: Path, dialect: Dialect, encoding: str, header: bool) -> str:
    """Return the relation of a file's cells as text, NULL where they are empty."""
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(dialect.names)))
    delimiter = dialect.delimiter if path == dialect.path else written_delimiter(dialect)
    return (
        f"read_csv({sql.file(path)}, auto_detect = false, columns = {{{columns}}}, "
        "nullstr = [''], "
        f"delim = {sql.text(delimiter)}, quote = '\"', escape = '\"', header = {str(header).lower()}, "
        f"encoding = {sql.text(encoding.removesuffix('-sig'))}, "
        f"buffer_size = {sql.CSV_BUFFER}, max_line_size = {sql.CSV_BUFFER}, "
        f"compression = '{'gzip' if path == dialect.path and dialect.gzipped else 'none'}')"
    )


def _words(options: Options) -> tuple[str, ...]:
    return ("", *NA, *spelled_alike(options.na))


def _trimmed(indices: range, target: int, asked: Sequence[int], options: Options) -> str:
    """Return SQL for columns as trimmed text, NULL where it is missing, and for the target besides as it is written.

    Text of which labels were asked for stays as it is written, and so do words for a missing cell that nobody named.
    """
    usual, told = _words(options), ("", *options.na)
    cells = [
        f"CASE WHEN {is_there(f'c{i}', told)} THEN c{i} END AS c{i}"
        if i in asked
        else f"CASE WHEN {is_there(f'c{i}', usual)} THEN trim(c{i}) END AS c{i}"
        for i in indices
    ]
    cells += [f"CASE WHEN trim(c{target}) <> '' THEN c{target} END AS written"] * (target in indices)
    return ", ".join(cells)


def rules_for(dialect: Dialect, options: Options, bad: BadRows) -> Rules:
    """Return the rules by which the text of this file is read."""
    decimal = options.decimal or ("," if dialect.delimiter == ";" else ".")
    told = options.decimal is not None
    return Rules(
        options.kinds, decimal, bad.add_cell, told_decimal=told, dates=options.dates or "", target=options.target or ""
    )


def sound_rows(table: Table, staged: Staged | Wide, dialect: Dialect, bad: BadRows, keep_empty: bool) -> Table:
    """Leave out the rows that are bad or, unless they are kept, empty, and say so."""
    sound = bad.leave_out(table, lambda lines: _texts(dialect, lines))
    table = sound if keep_empty else _without_empty_rows(sound, staged, bad)
    if not table.n_rows:
        raise DataError(f"{table.source} has column names but no rows; expected one line per row after the first.")
    return table


def _texts(dialect: Dialect, lines: set[int]) -> dict[int, str]:
    return {record.line: record.text for record in records(dialect) if record.line in lines}


def _without_empty_rows(table: Table, staged: Staged | Wide, bad: BadRows) -> Table:
    empty = staged.empty_rows()
    if not len(empty):
        return table
    first = bad.line_of(int(empty[0])) if bad.line_of else 0
    rows_left_out = counted(len(empty), "row")
    note = f"{rows_left_out} of {table.source} without any cell filled in (line {first} is the first) left out."
    rows = np.arange(table.n_rows) if table.origin is None else table.origin
    kept = table.take(np.flatnonzero(~np.isin(rows, empty)))
    return replace(kept, notes=(*table.notes, note), n_empty=len(empty))
