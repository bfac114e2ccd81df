"""What commands print: results on stdout, everything else on stderr; one JSON object on stdout with ``--json``."""

from __future__ import annotations

import json
import math
import os
import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, TextIO

import numpy as np

from clearprop.errors import UsageError
from clearprop.paths import fault_of, fault_of_target, same_place

GAP = 3  # blanks between the columns of a table


def print_json(facts: dict[str, Any]) -> None:
    """Print one JSON object on stdout; numbers that are not finite become null."""
    print(json.dumps(_plain(facts), ensure_ascii=False, allow_nan=False))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table on stdout, at most as wide as the terminal; what comes from data is never read as markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, GAP - 1, 0, 0))
    rows = [[_cell(value) for value in row] for row in rows]
    heads = [visible(name) for name in columns]
    widths = _widths(heads, rows, console.width - GAP * len(heads))
    for index, head in enumerate(heads):
        numeric = bool(rows) and all(_is_number(row[index]) for row in rows)
        side: Literal["right", "left"] = "right" if numeric else "left"
        table.add_column(Text(head), justify=side, overflow="fold", width=widths[index])
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(Text(visible(title), style="bold"))
    console.print(table)


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int | None]:
    """Return how wide each column is so that all fit and no word is broken; nothing where that cannot be.

    What is left beside the longest words goes to the columns that miss the least first.
    """
    from rich.cells import cell_len

    columns = list(zip(heads, *rows, strict=True))
    widths = [max(map(cell_len, " ".join(column).split()), default=1) for column in columns]
    spare = room - sum(widths)
    if spare < 0:
        return [None] * len(widths)
    missing = [max(map(cell_len, column)) - width for column, width in zip(columns, widths, strict=True)]
    for k in sorted(range(len(widths)), key=missing.__getitem__):
        given = min(missing[k], spare)
        widths[k] += given
        spare -= given
    return [*widths]


def print_text(text: str) -> None:
    """Print lines for people on stdout."""
    print(_lines(text, sys.stdout))


def note(text: str) -> None:
    """Print lines for people on stderr."""
    print(_lines(text, sys.stderr), file=sys.stderr)


def next_command(command: str) -> None:
    """End a command with the next useful one, in one line, ready to be copied."""
    print(f"Next: {visible(command)}", file=sys.stderr)


def _lines(text: str, stream: TextIO) -> str:
    """Return text without control characters, its lines broken between words where a terminal shows them."""
    lines = [visible(line) for line in text.split("\n")]
    if stream.isatty():
        width = shutil.get_terminal_size().columns
        lines = [textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in lines]
    return "\n".join(lines)


def check_out(path: str | Path, *sources: str | Path, option: str = "--out") -> None:
    """Refuse, before any work is done, to write where writing would fail or replace what is read.

    Raises
    ------
    UsageError
        If the folder is missing or read-only, or the file is one of the sources.
    """
    check_place(path, option)
    target = Path(os.path.realpath(path) if os.path.islink(path) else path)  # the file that a link points to
    if not target.parent.is_dir():
        raise UsageError(f"{option} {path}: there is no folder {target.parent}; make it first, or write elsewhere.")
    if not os.access(target.parent, os.W_OK):
        raise UsageError(f"{option} {path}: nothing may be written into the folder {target.parent}; write elsewhere.")
    if target.is_dir():
        raise UsageError(f"{option} {path} is a folder; give the name of a file.")
    if any(same_place(path, source) for source in sources):
        raise UsageError(f"{option} {path} is the file that is read, and would be lost; write elsewhere.")


def check_place(path: str | Path, option: str = "--out") -> None:
    """Refuse a path at which no file can be: an impossible name, a link round in a circle, a device.

    Raises
    ------
    UsageError
    """
    fault = fault_of_target(path)
    if fault is not None:
        raise UsageError(f"{option}: {fault}")
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise UsageError(f"{option} {path} is a device or a pipe, from which nothing could be read again; name a file.")


def check_folder(path: str | Path, option: str) -> None:
    """Refuse, before any work is done, a folder that could not be made, or into which nothing may be written.

    Raises
    ------
    UsageError
    """
    fault = fault_of(path)
    if fault is not None:
        raise UsageError(f"{option}: {fault}")
    there = next(place for place in (Path(path), *Path(path).absolute().parents) if place.exists())
    if not there.is_dir():
        raise UsageError(f"{option} {path}: {there} is a file, not a folder; name a folder.")
    if not os.access(there, os.W_OK):
        raise UsageError(f"{option} {path}: nothing may be written into {there}; name another folder.")


def as_word(value: object) -> str:
    """Return a path or a name as one word for a shell: quoted where it holds a blank."""
    return shlex.quote(str(value))


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float | np.floating):
        return "–" if math.isnan(value) else f"{value:.4g}"
    return visible(str(value))


def visible(text: str) -> str:
    """Return text whose control characters are spelled out: data must not steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "").rstrip("%").replace("–", "0"))
    except ValueError:
        return False
    return True


def _plain(value: Any) -> Any:
    """Return value with NumPy's types turned into Python's."""
    from clearprop.tables.sinks.cells import as_written

    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(as_written(value))
    if isinstance(value, np.generic):
        return _plain(as_written(np.asarray(value)))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, date) else value
