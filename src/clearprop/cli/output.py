"""What commands print: results on stdout, everything else on stderr; one JSON object on stdout with ``--json``."""

from __future__ import annotations

import json
import math
import shlex
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import UsageError


def print_json(facts: dict[str, Any]) -> None:
    """Print one JSON object on stdout; numbers that are not finite become null."""
    print(json.dumps(_plain(facts), ensure_ascii=False, allow_nan=False))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], cut: bool = False) -> None:
    """Print a table on stdout, at most as wide as the terminal; what comes from data is never read as markup.

    Cells that do not fit are folded; with `cut`, every row is one line and its last cell gives way.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    rows = [[_cell(value) for value in row] for row in rows]
    for index, name in enumerate(columns):
        numeric = bool(rows) and all(_is_number(row[index]) for row in rows)
        options: dict[str, Any] = {"overflow": "fold"}
        if cut:
            width = max([len(name), *(len(row[index]) for row in rows)])
            last = index == len(columns) - 1
            options = {"overflow": "ellipsis", "no_wrap": True, "min_width": None if last else width}
        table.add_column(Text(visible(name)), justify="right" if numeric else "left", **options)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(file=sys.stdout, highlight=False)
    console.print(Text(visible(title), style="bold"))
    console.print(table)


def note(text: str) -> None:
    """Print a line for people on stderr."""
    print("\n".join(map(visible, text.split("\n"))), file=sys.stderr)


def next_command(command: str) -> None:
    """End a command with the next useful one."""
    note(f"Next: {command}")


def check_out(path: str | Path, *sources: str | Path) -> None:
    """Refuse, before any work is done, to write where writing would fail or replace what is read.

    Raises
    ------
    UsageError
        If the folder is missing, or the file is one of the sources.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise UsageError(f"--out {path}: there is no folder {target.parent}; make it first, or write elsewhere.")
    if target.is_dir():
        raise UsageError(f"--out {path} is a folder; give the name of a file.")
    if target.resolve() in [Path(source).resolve() for source in sources]:
        raise UsageError(f"--out {path} is the file that is read, and would be lost; write elsewhere.")


def as_word(value: object) -> str:
    """Return a path or a name as one word for a shell: quoted where it holds a blank."""
    return shlex.quote(str(value))


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
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
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, date) else value
