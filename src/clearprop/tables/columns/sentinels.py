"""Numbers that stand for a missing cell, such as −999: suspected and said, never assumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from clearprop.tables.columns.column import Column
from clearprop.tables.columns.names import counted

SENTINELS = (-1e30, -99999.0, -9999.0, -999.0, -888.0, -200.0, -99.0, -9.0, 999.0, 9999.0, 99999.0, 999999.0)
FEWEST = 3  # cells
SHARE = 0.002


def suspected_sentinels(columns: Iterable[Column]) -> list[str]:
    """Return a note on every number at the end of a column that stands far from all others and recurs."""
    return [note for column in columns if column.kind == "number" for note in _notes(column)]


def _notes(column: Column) -> Iterator[str]:
    present = column.values[~column.missing]
    if len(present) < 10:
        return
    for value in (present.min(), present.max()):
        if value not in SENTINELS:
            continue
        n = int((present == value).sum())
        others = present[present != value]
        if n < max(FEWEST, SHARE * len(present)) or not len(others):
            continue
        gap, spread = float(np.abs(others - value).min()), float(np.ptp(others))
        if gap > 0.5 * spread and gap > abs(value) / 2:
            cells = counted(n, "cell")
            yield (
                f'Column "{column.name}": {cells} of {value:g}, far from all others; '
                f"if that means missing, --na {value:g} says so."
            )
