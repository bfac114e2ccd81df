"""stream_table: a table that stays on disk, for files larger than memory.

The file is read once into a database of numbers and codes in a temporary folder. After that a block of rows, or one
whole column, is in memory at a time: 8 bytes a row for the column, when the schema is learned; 8 bytes a cell for
the block; and what the database may use (`memory`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.equations.philox import PURPOSE_SHUFFLE, generator
from clearprop.errors import DataError, UsageError
from clearprop.tables.columns.column import Column, Rows
from clearprop.tables.columns.suspected import remarks_on_numbers
from clearprop.tables.sources import sql
from clearprop.tables.sources.choosing import Rules
from clearprop.tables.sources.delimited import index_of, rules_for, sound_rows, stage, without_index_notes
from clearprop.tables.sources.dialect import find_dialect
from clearprop.tables.sources.formats import PARQUET, TEXT, format_of
from clearprop.tables.sources.on_disk import OnDisk, Part, names_of, shells_of, write_typed
from clearprop.tables.sources.options import Options, ReadOptions
from clearprop.tables.sources.parquet import stage_parquet, words_for_missing
from clearprop.tables.sources.pipes import as_file
from clearprop.tables.sources.read import check_file, chosen
from clearprop.tables.sources.staged import Staged
from clearprop.tables.table import Table

BLOCK = 1 << 16  # rows


@dataclass(frozen=True, eq=False, repr=False)
class StreamedTable(Table):
    """A table whose cells stay on disk until they are asked for. Close it, or use it in a ``with``.

    `take` reads the range of rows from the first to the last that is asked for; `column` reads a whole column.
    """

    cells: OnDisk | None = None
    held: Mapping[str, Column] = field(default_factory=dict)

    def with_classes(self, name: str) -> Table:
        """Return the table in which a column holds labels of classes; they are in memory."""
        self.check_name(name)
        if self.classes is None or self.classes.name != name:
            return self
        held = {name: self.classes}
        return replace(self, held=held, columns=_Lazy(self._cells, self.names, self.n_rows, held))

    def take(self, rows: Rows) -> Table:
        """Return the table of these rows, in memory."""
        wanted = np.arange(self.n_rows)[rows]
        start, stop = (int(wanted.min()), int(wanted.max()) + 1) if len(wanted) else (0, 0)
        origin = np.arange(start, stop) if self.origin is None else self.origin[start:stop]
        on_disk = [self._cells_of[name] for name in self.names if name not in self.held]
        columns = self._cells.read(on_disk, start, stop)
        table = Table(**{name: getattr(self, name) for name in Table.__dataclass_fields__})
        columns |= {name: column.take(slice(start, stop)) for name, column in self.held.items()}
        classes = self.classes and self.classes.take(slice(start, stop))
        columns = {name: columns[name] for name in self.names}
        block = replace(table, columns=columns, n_rows=stop - start, origin=origin, classes=classes)
        return block.take(wanted - start)

    def only(self, *names: str) -> Self:
        """Return the table of these columns, still on disk."""
        for name in names:
            self.check_name(name)
        return replace(self, columns=_Lazy(self._cells, names, self.n_rows, self.held))

    def close(self) -> None:
        """Remove what was written to disk."""
        self._cells.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _cells(self) -> OnDisk:
        assert self.cells is not None
        return self.cells

    @property
    def _cells_of(self) -> Mapping[str, int]:
        return names_of(self._cells.shells)


def stream_table(
    path: str | Path,
    *,
    memory: str = "256MB",
    memory_after: str | None = None,
    folder: str | Path | None = None,
    **options: Unpack[ReadOptions],
) -> StreamedTable:
    """Open a CSV, TSV or Parquet file of any size.

    Parameters
    ----------
    path : str or Path
    memory : str
        What the database may use; NumPy arrays come on top.
    memory_after : str, optional
        What it may use when the file has been read; little is enough for rows that are taken in order, once.
    folder : str or Path, optional
        Where the temporary database goes; it takes about the size of the file and as much again while it is read.
    **options
        As in `read_table`.

    Returns
    -------
    StreamedTable
        With it `split`, `learn_schema` and `Schema.encode` work as with a table in memory, and give the same.
    """
    path, reading = as_file(Path(path)), Options.of(options)
    check_file(path, reading.rejects)
    format = format_of(path)
    if format not in (TEXT, PARQUET):
        raise UsageError(
            f"{path.name} is a file of {format.name}, which cannot stay on disk; save it as Parquet or CSV."
        )
    temporary = TemporaryDirectory(prefix="clearprop-", dir=folder)
    try:
        connection = sql.connect(str(Path(temporary.name) / "cells.duckdb"), memory)
        read = _open_parquet if format is PARQUET else _open_csv
        table, parts = read(path, reading, connection, Path(temporary.name))
    except BaseException:
        temporary.cleanup()
        raise
    cells = OnDisk(connection, temporary, [shell for _, shell in parts])
    if memory_after:
        connection.execute(f"SET memory_limit = {sql.text(memory_after)}")
    columns = _Lazy(cells, tuple(names_of(cells.shells)), table.n_rows, {})
    fields = {name: getattr(table, name) for name in Table.__dataclass_fields__} | {"columns": columns}
    try:
        opened = chosen(StreamedTable(**fields, cells=cells), reading)
        said = remarks_on_numbers((opened.column(name) for name in opened.names), reading.kinds)
        return replace(opened, notes=(*opened.notes, *said))
    except DataError:
        cells.close()
        raise


def _open_csv(path: Path, options: Options, connection: sql.Connection, folder: Path) -> tuple[Table, list[Part]]:
    dialect = find_dialect(path, options)
    bad = options.collector(path.name)
    staged = stage(connection, dialect, options, bad, folder)
    parts, notes = shells_of(staged, rules_for(dialect, options, bad), ())
    classes, said = staged.classes(options)
    notes = [*dialect.notes, *staged.notes, *notes, *said]
    table = Table(bad.source, {}, staged.n_rows, notes=tuple(notes), line_of=bad.line_of, classes=classes)
    sound = _write(staged, parts, sound_rows(table, staged, dialect, bad, options.keep_empty))
    if index := index_of(dialect, options):
        parts[0] = (parts[0][0], None)
        sound = replace(sound, notes=without_index_notes(sound.notes, index))
    return sound, parts


def _open_parquet(path: Path, options: Options, connection: sql.Connection, _: Path) -> tuple[Table, list[Part]]:
    staged, kinds, classes, said = stage_parquet(connection, path, options)
    bad = options.collector(path.name)
    rules = Rules({**kinds, **options.kinds}, options.decimal or ".", bad.add_cell, options.na, exact=True)
    parts, notes = shells_of(staged, rules, [name for name, kind in kinds.items() if kind == "boolean"])
    labels = [shell.name for _, shell in parts if shell is not None and shell.kind == "category"]
    said += words_for_missing(connection, path, options, labels)
    table = Table(bad.source, {}, staged.n_rows, notes=(*notes, *said), classes=classes)
    return _write(staged, parts, bad.leave_out(table, lambda rows: {})), parts


def _write(staged: Staged, parts: list[Part], sound: Table) -> Table:
    gone = np.zeros(staged.n_rows, dtype=bool)
    if sound.origin is not None:
        gone[:] = True
        gone[sound.origin] = False
    write_typed(staged, [expression for expression, _ in parts], np.flatnonzero(gone))
    return sound


class _Lazy(Mapping[str, Column]):
    """Columns that are read when they are asked for."""

    def __init__(self, cells: OnDisk, names: tuple[str, ...], n_rows: int, held: Mapping[str, Column]) -> None:
        self._cells, self._names, self._n_rows, self._held = cells, names, n_rows, held

    def __getitem__(self, name: str) -> Column:
        if name not in self._names:
            raise KeyError(name)
        if name in self._held:
            return self._held[name]
        return self._cells.read([names_of(self._cells.shells)[name]], 0, self._n_rows)[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def shuffled_blocks(
    rows: ArrayLike, size: int = BLOCK, *, seed: int = 0, epoch: int = 0
) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of one epoch block by block: blocks in random order, rows shuffled within each.

    Parameters
    ----------
    rows : array of int, or int
        The training rows, ascending, or the number of rows. Without a row there is no block.
    size : int
        Rows of the table that one block spans.
    seed, epoch : int
        The same pair gives the same order, in memory and on disk.
    """
    if size < 1:
        raise UsageError(f"a block needs 1 row or more, got size {size!r}.")
    wanted = np.asarray(rows)
    wanted = np.arange(int(wanted)) if wanted.ndim == 0 else wanted
    starts = np.flatnonzero(np.diff(wanted // size, prepend=-1))
    blocks = np.split(wanted, starts[1:]) if len(wanted) else []
    rng = generator(seed, PURPOSE_SHUFFLE, epoch)
    for k in rng.permutation(len(blocks)):
        yield rng.permutation(blocks[k])
