"""JSON lines: one object a row."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from numpy.typing import NDArray

from clearprop.tables.sinks.cells import as_written
from clearprop.tables.sinks.output import Output

_CONTROLS = re.compile(r"[\x7f-\x9f]")  # those below 0x20 json escapes by itself


class JsonLines:
    """A sink of objects."""

    def __init__(self, file: Output) -> None:
        self._file = file

    def write(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Write one block."""
        rows = zip(*map(as_written, columns.values()), strict=True)
        self._file.write("".join(_line(dict(zip(columns, row, strict=True))) for row in rows).encode())

    def finish(self) -> None:
        """Nothing is left to be written."""

    def close(self) -> None:
        """Nothing was needed beside the file."""


def _line(record: dict[str, Any]) -> str:
    plain = {name: _plain(cell) for name, cell in record.items()}
    line = json.dumps(plain, ensure_ascii=False, allow_nan=False)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n"


def _plain(cell: Any) -> Any:
    """Return a cell as JSON has it; a number that is not finite is null."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    if isinstance(cell, date | time):
        return cell.isoformat()
    return cell if isinstance(cell, str | int | float) or cell is None else str(cell)
