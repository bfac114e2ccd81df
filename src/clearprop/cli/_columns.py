"""The columns of a table as a terminal of some width shows them: what ``clearprop inspect DATA`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clearprop.cli.output import GAP, visible

FEWEST = 24  # characters for the values; a narrower terminal leaves out how many differ
LONGEST_NAME, LONGEST_LABEL = 28, 20
_EDGE = 1
_COLUMNS = ("column", "kind", "missing", "distinct", "values")
_KEYS = ("name", "kind", "n_missing", "n_distinct")


def terminal_width() -> int:
    """Return how many characters a line of stdout holds."""
    from rich.console import Console

    return Console().width


def column_table(records: Sequence[dict[str, Any]], width: int) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return the heads and the rows of a table of columns; as many whole values stand in a row as there is room for."""
    rows = [
        [_clip(visible(record["name"]), LONGEST_NAME), *(str(record[key]) for key in _KEYS[1:])] for record in records
    ]
    keep = [0, 1, 2, 3] if _room(rows, [0, 1, 2, 3], width) >= FEWEST else [0, 1, 2]
    room = _room(rows, keep, width)
    shown = [(*(row[k] for k in keep), _values(record, room)) for row, record in zip(rows, records, strict=True)]
    return tuple(_COLUMNS[k] for k in [*keep, 4]), shown


def _room(rows: list[list[str]], keep: list[int], width: int) -> int:
    """Return how many characters these columns leave to the values."""
    taken = (max([len(_COLUMNS[k]), *(len(row[k]) for row in rows)]) + GAP for k in keep)
    return width - sum(taken) - 2 * _EDGE


def _values(record: dict[str, Any], room: int) -> str:
    examples = [_clip(_written(example), LONGEST_LABEL) for example in record["examples"]]
    if record["smallest"] is None:
        return _fitting(examples, record["n_distinct"], room)
    spread = f"{_written(record['smallest'])} .. {_written(record['largest'])}"
    more = f"{spread}, such as {', '.join(examples)}"
    return more if len(more) <= room and record["n_distinct"] > 2 else spread


def _fitting(labels: list[str], n_distinct: int, room: int) -> str:
    """Return as many labels as fit, and an ellipsis where there are more."""
    for n in range(len(labels), 0, -1):
        text = ", ".join(labels[:n]) + (", …" if n < n_distinct else "")
        if len(text) <= room:
            return text
    return _clip(labels[0], max(room, 1)) if labels else ""


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    return f"{value:.4g}" if isinstance(value, float) else visible(str(value))


def _clip(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
