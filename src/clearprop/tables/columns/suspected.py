"""What whole numbers may stand for, whatever their source: moments, rows, or a missing cell; said, never assumed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Container, Iterable

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.columns.column import Column
from clearprop.tables.columns.names import COUNTER
from clearprop.tables.columns.sentinels import suspected_sentinels

NEARLY_ALL = 0.95  # of the cells must be moments; the others may stand for a missing one
FEWEST_ROWS = 10
FEWEST_DAYS, FEWEST_MONTHS = 3, 6  # different ones
_YEARS = (1900, 2100)
_PIECES = {8: ("days", "%Y%m%d"), 6: ("months", "%Y%m"), 12: ("moments", "%Y%m%d%H%M"), 14: ("moments", "%Y%m%d%H%M%S")}
_EPOCHS = {10: ("s", 1e9), 13: ("ms", 1e12), 16: ("us", 1e15)}
_OLDEST, _NEWEST = 0.63, 2.21  # times 1e9 s: from 1990 to 2040
_OF_TIME = re.compile(r"time|date|stamp|epoch|created|modified|(^|_)ts($|_)|_at$|when|moment", re.IGNORECASE)


def remarks_on_numbers(columns: Iterable[Column], known: Container[str]) -> list[str]:
    """Return notes on numbers that may be moments, count the rows or be missing cells, unless their kind is known."""
    unclear = [column for column in columns if column.kind == "number" and column.name not in known]
    return [
        *filter(None, map(_as_moments, unclear)),
        *filter(None, map(_as_rows, unclear)),
        *suspected_sentinels(unclear),
    ]


def _as_rows(column: Column) -> str:
    """Return a note on numbers that count the rows in another order, as an index does after a shuffle; else ""."""
    n = len(column)
    if n < FEWEST_ROWS or not COUNTER.match(column.name) or np.isnan(column.values).any():
        return ""
    in_order = np.sort(column.values)
    first = in_order[0]
    if first not in (0, 1) or (in_order != np.arange(first, first + n)).any() or (in_order == column.values).all():
        return ""
    return f'Column "{column.name}" counts the rows in another order; --drop {shlex.quote(column.name)} leaves it out.'


def _as_moments(column: Column) -> str:
    """Return a note on days and moments that are written as one number, such as 20200131; "" on all other numbers."""
    if column.format or not len(column):
        return ""
    first = column.values[0]
    if not (first != first or first == 0 or len(f"{abs(first):.0f}") in (*_PIECES, *_EPOCHS)):
        return ""
    cells = column.values[~np.isnan(column.values)]
    if not len(cells) or not (cells == np.floor(cells)).all():
        return ""
    size = len(f"{np.median(cells):.0f}")
    meant, format = _PIECES.get(size, ("", ""))
    if not meant or not _are_days(cells, size):
        meant, format = "moments", _epoch(column.name, cells, size)
    if not format:
        return ""
    cure = f'--kind "{column.name}=date:{format}" reads them as dates'
    example = np.quantile(cells, 0.5, method="lower")
    return f'Column "{column.name}": numbers such as {example:.0f} look like {meant}; {cure}.'


def _are_days(cells: NDArray[np.float64], size: int) -> bool:
    """Return whether nearly all numbers of so many digits are year, month, day and time, and several differ."""
    whole = cells[(cells >= 0) & (cells < 1e15)].astype(np.int64)
    day = whole // 10 ** max(0, size - 8) if size != 6 else whole * 100 + 1
    year, month, of_month = day // 10_000, day // 100 % 100, day % 100
    sound = (_YEARS[0] <= year) & (year <= _YEARS[1]) & (1 <= month) & (month <= 12) & (1 <= of_month)
    sound &= of_month <= np.where(month == 2, 29, np.where(np.isin(month, (4, 6, 9, 11)), 30, 31))
    if size > 8:
        clock = whole % 10 ** (size - 8) * (1 if size == 14 else 100)
        sound &= (clock // 10_000 < 24) & (clock // 100 % 100 < 60) & (clock % 100 < 60)
    different = len(np.unique(whole[sound]))
    return different >= (FEWEST_MONTHS if size == 6 else FEWEST_DAYS) and sound.sum() >= NEARLY_ALL * len(cells)


def _epoch(name: str, cells: NDArray[np.float64], size: int) -> str:
    """Return the format of numbers that count from 1970 into the years from 1990 to 2040; "" of all others.

    Seconds have as many digits as many other numbers have, so the name must speak of time.
    """
    unit, power = _EPOCHS.get(size, ("", 0.0))
    if not unit or (unit == "s" and not _OF_TIME.search(name)):
        return ""
    near = (_OLDEST * power < cells) & (cells < _NEWEST * power)
    several = len(np.unique(cells[near])) >= FEWEST_DAYS
    return f"epoch {unit}" if several and near.sum() >= NEARLY_ALL * len(cells) else ""
