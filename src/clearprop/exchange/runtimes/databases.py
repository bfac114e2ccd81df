"""DuckDB and SQLite, for the SQL statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.exchange.runtimes.runtime import Array, Runtime, lacks_module
from clearprop.exchange.scribes.draft import Draft
from clearprop.exchange.scribes.sql import answer_names
from clearprop.program import Label

_TYPES = {"text": "TEXT"}  # all others are DOUBLE
MOST_COLUMNS = 2000  # of SQLite, as it is compiled by default


def _duckdb(draft: Draft, path: Path) -> tuple[Array, Array | None]:
    import duckdb

    with duckdb.connect() as connection:
        return _answers(draft, path, connection.execute, connection.executemany)


def _sqlite(draft: Draft, path: Path) -> tuple[Array, Array | None]:
    connection = sqlite3.connect(":memory:")
    try:
        return _answers(draft, path, connection.execute, connection.executemany)
    finally:
        connection.close()


def _answers(
    draft: Draft, path: Path, execute: Callable[..., Any], fill: Callable[..., Any]
) -> tuple[Array, Array | None]:
    columns, rows = _table(draft)
    declared = ", ".join(f'"{name.replace(chr(34), 2 * chr(34))}" {type}' for name, type in columns.items())
    execute(f"CREATE TABLE data ({declared})")
    fill(f"INSERT INTO data VALUES ({', '.join('?' * len(columns))})", list(rows))
    n_answers = len(answer_names(draft.program))
    found = [row[-n_answers:] for row in execute(path.read_text("utf-8")).fetchall()]
    n_values = len(draft.program.names)
    values = np.array([row[:n_values] for row in found], dtype=np.float64)
    if draft.program.decision is None:
        return values, None
    decision = np.array([row[n_values:] for row in found])
    labels = np.array(draft.program.decision.labels) if isinstance(draft.program.decision, Label) else decision
    return values, decision.astype(labels.dtype)


def _table(draft: Draft) -> tuple[dict[str, str], Iterable[Any]]:
    """Return names and types of the columns, and the golden rows, NULL where a cell is missing."""
    rows, program = draft.golden.rows, draft.program
    if isinstance(rows, dict):
        columns = {cell.name: _TYPES.get(cell.holds, "DOUBLE") for cell in program.cells}
        cells = zip(*(rows[name] for name in columns), strict=True)
        return columns, [[None if cell != cell or cell == "" else cell for cell in row] for row in cells]
    assert program.numbers is not None
    return dict.fromkeys(program.numbers.names, "DOUBLE"), rows.astype(np.float64).tolist()


def _too_wide(draft: Draft) -> str | None:
    n_columns = sum(step.width for step in draft.program.steps)
    return f"SQLite takes {MOST_COLUMNS} columns, there are {n_columns}" if n_columns > MOST_COLUMNS else None


def _lacks_mathematics(draft: Draft) -> str | None:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("SELECT exp(1.0), ln(2.0), sin(1.0), cos(1.0), floor(1.5)")
    except sqlite3.OperationalError:
        return "this SQLite was built without mathematical functions"
    finally:
        connection.close()
    return _too_wide(draft)


DUCKDB = Runtime("DuckDB", lacks_module("duckdb"), _duckdb)
SQLITE = Runtime("SQLite", _lacks_mathematics, _sqlite)
