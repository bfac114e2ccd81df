"""The one door to duckdb: in this process, without network, without extensions from outside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from clearprop.tables.sources import limits

CSV_BUFFER = limits.LINE  # bytes a thread: no slower than duckdb's own, which is four times as large
_A_THREAD_NEEDS = 32  # MB, with a buffer being read, one being parsed and what is written

Connection = Any  # duckdb.DuckDBPyConnection, which is imported only when something is read


def connect(database: str = ":memory:", memory_limit: str | None = None) -> Connection:
    """Open duckdb; nothing is installed or loaded on its own."""
    import duckdb

    config: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    if memory_limit:
        config["memory_limit"] = memory_limit
    connection = duckdb.connect(database, config=config)
    if memory_limit and (megabytes := re.fullmatch(r"(\d+) ?MB", memory_limit)):
        threads = min(
            connection.execute("SELECT current_setting('threads')").fetchone()[0], int(megabytes[1]) // _A_THREAD_NEEDS
        )
        connection.execute(f"SET threads = {max(1, threads)}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # it would write to standard output
    return connection


def error() -> type[Exception]:
    """Return the base of duckdb's errors."""
    import duckdb

    base: type[Exception] = duckdb.Error
    return base


def text(value: str) -> str:
    """Return a string literal."""
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a quoted name."""
    return '"' + name.replace('"', '""') + '"'


def file(path: Path) -> str:
    """Return a path as a literal that stands for that one file, whatever signs its name has."""
    escaped = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path.resolve()))
    return text(escaped)
