"""CSV, TSV and other text files of rows, gzipped or not."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError
from clearprop.tables import _sql
from clearprop.tables._dialect import Dialect, find_dialect
from clearprop.tables._options import Options
from clearprop.tables._readings import NA, WHAT
from clearprop.tables._records import Record, line_finder, records, write_sound
from clearprop.tables._staged import CHUNK, Rules, Staged
from clearprop.tables.bad_rows import BadRows, cell_advice
from clearprop.tables.table import Table

_MAX_LINE = 64 << 20  # bytes; duckdb's own 2 MB is too little for tens of thousands of columns


def read_csv(path: Path, options: Options) -> Table:
    """Read a whole file into memory."""
    try:
        dialect = find_dialect(path, options.delimiter, options.header)
        with TemporaryDirectory(prefix="clearprop-") as folder:
            bad = options.bad_rows(path)
            staged, line_of = stage(_sql.connect(), dialect, options, bad, Path(folder))
            return _read(staged, dialect, line_of, options, bad)
    except (EOFError, zlib.error, OSError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise DataError(f"{path.name} cannot be decompressed: {error}. Fetch or compress it anew.") from None


def stage(
    connection: _sql.Connection, dialect: Dialect, options: Options, bad: BadRows, folder: Path
) -> tuple[Staged, Callable[[int], int]]:
    """Bring the cells of a file into duckdb as trimmed text, and return how to find a row's line.

    duckdb reads the file at full speed but only if all of it is sound. If it is not, the records are looked at one
    by one, and the sound ones are written to `folder` for duckdb to read.
    """
    import duckdb

    line_of = line_finder(dialect)
    try:
        _load(connection, dialect.path, dialect, dialect.encoding, dialect.has_header, options.na)
    except duckdb.Error:
        clean = folder / "sound.csv"
        lines = write_sound(dialect, clean, lambda record: _reject(dialect, record, bad))
        _load(connection, clean, dialect, "utf-8", False, options.na)
        line_of = line_finder(dialect, lines)
    n_rows = connection.execute("SELECT count(*) FROM cells0").fetchone()[0]
    return Staged(connection, dialect.names, n_rows), line_of


def _load(
    connection: _sql.Connection, path: Path, dialect: Dialect, encoding: str, header: bool, na: tuple[str, ...]
) -> None:
    """Fill the relations cells0, cells1, ... with trimmed text; what stands for a missing cell becomes NULL."""
    n = len(dialect.names)
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(n))
    missing = ", ".join(_sql.text(pad) for spelling in (*NA, *na) for pad in (spelling, f" {spelling}", f"{spelling} "))
    source = (
        f"read_csv({_sql.file(path)}, auto_detect = false, columns = {{{columns}}}, nullstr = [{missing}], "
        f"delim = {_sql.text(dialect.delimiter)}, quote = '\"', escape = '\"', header = {str(header).lower()}, "
        f"encoding = {_sql.text(encoding.removesuffix('-sig'))}, max_line_size = {_MAX_LINE}, "
        f"compression = '{'gzip' if path == dialect.path and dialect.gzipped else 'none'}')"
    )
    if n > CHUNK:
        connection.execute(f"CREATE OR REPLACE TABLE raw AS SELECT * FROM {source}")
        source = "raw"
    for start in range(0, n, CHUNK):
        cells = ", ".join(f"nullif(trim(c{i}), '') AS c{i}" for i in range(start, min(start + CHUNK, n)))
        connection.execute(f"CREATE OR REPLACE TABLE cells{start // CHUNK} AS SELECT {cells} FROM {source}")
    connection.execute("DROP TABLE IF EXISTS raw")


def _reject(dialect: Dialect, record: Record, bad: BadRows) -> None:
    bad.add_line(dialect.path.name, record.line, record.problem, record.text)


def _read(staged: Staged, dialect: Dialect, line_of: Callable[[int], int], options: Options, bad: BadRows) -> Table:
    source = dialect.path.name
    shell = Table(source, {}, staged.n_rows, line_of=line_of)
    problems: dict[int, list[str]] = defaultdict(list)

    def on_bad(row: int, name: str, cell: str, kind: str) -> None:
        problem = f'"{cell}" is not {WHAT[kind]}'
        if not bad.quarantine:
            raise shell.cell_error(row, name, problem, cell_advice(cell))
        problems[row].append(f'column "{name}": {problem}')

    decimal = options.decimal or ("," if dialect.delimiter == ";" else ".")
    columns, notes = staged.columns(Rules(options.kinds, decimal, on_bad))
    n_lines = len(bad.lines)
    _describe_rejects(dialect, line_of, problems, bad)
    table = Table(source, columns, staged.n_rows, notes=(*dialect.notes, *notes), line_of=line_of)
    bad.check_share(source, len(bad.lines), staged.n_rows + n_lines)
    return _without(table, staged, np.array(sorted(problems), dtype=np.int64), bad)


def _describe_rejects(
    dialect: Dialect, line_of: Callable[[int], int], problems: dict[int, list[str]], bad: BadRows
) -> None:
    if not problems:
        return
    reasons = {line_of(row): "; ".join(found) for row, found in problems.items()}
    for record in records(dialect):
        if record.line in reasons:
            bad.add_line(dialect.path.name, record.line, reasons[record.line], record.text)


def _without(table: Table, staged: Staged, rejected: NDArray[np.int64], bad: BadRows) -> Table:
    """Leave out the rejected and the empty rows, and say so."""
    empty = staged.empty_rows()
    gone = np.union1d(empty, rejected)
    notes = list(table.notes)
    if len(empty):
        notes.append(
            f"{len(empty)} rows of {table.source} have no cell filled in (the first is line "
            f"{table.line_of(int(empty[0])) if table.line_of else 0}); they were left out."
        )
    rejects = bad.write()
    if rejects:
        notes.append(f"{len(bad.lines)} bad rows were set aside into {rejects}.")
    kept = table.take(np.setdiff1d(np.arange(table.n_rows), gone)) if len(gone) else table
    if not kept.n_rows:
        raise DataError(f"{table.source} has column names but no rows; expected one line per row after the first.")
    return replace(kept, notes=tuple(notes), n_empty=len(empty), n_rejected=len(bad.lines), rejects=rejects)
