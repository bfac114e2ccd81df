"""Dates as people write them: which formats of strptime can read these cells.

A format of a schema is one of strptime, or several parted by a bar where some cells have a time of day and some have
none: "%m/%d/%Y %H:%M|%m/%d/%Y". "" stands for ISO 8601, with or without an offset from UTC.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from clearprop.tables.sources import sql

DAYS = (
    "%m/%d/%y", "%d/%m/%y", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%d-%m-%y",
    "%m-%d-%y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d %H:%M:%S", "%d %b %Y", "%d-%b-%y", "%d-%b-%Y", "%d/%b/%Y", "%b %d, %Y",
    "%b %d %Y", "%B %d, %Y", "%d %B %Y",
)  # fmt: skip
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p")
DOTTED, _DOTTED = "%H.%M.%S", re.compile(r"\d{2}\.\d{2}\.\d{2}")
CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p")
ISO = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)?", re.IGNORECASE
)
_PARTS = {
    "%d": r"\d{1,2}", "%m": r"\d{1,2}", "%Y": r"\d{4}", "%y": r"\d{2}", "%b": r"[A-Za-z]{3}", "%B": r"[A-Za-z]{3,9}",
    "%H": r"\d{1,2}", "%I": r"\d{1,2}", "%M": r"\d{2}", "%S": r"\d{2}(\.\d+)?", "%p": r"[AaPp][Mm]",
}  # fmt: skip


_ALIKE = str.maketrans("123456789", "0" * 9) | {
    ord(letter): "x" for letter in "bcdefghijklnoqrstuvwxyzBCDEFGHIJKLNOQRSTUVWXYZ"
}
"""Signs that no format tells apart: digits, and letters but those of AM and PM."""


_PARTED = re.compile(r"\d\D+\d")


@lru_cache(maxsize=512)
def shape(format: str) -> re.Pattern[str]:
    """Return what text of a format looks like: a year of four digits has four."""
    return re.compile(re.sub(r"%[A-Za-z]", lambda part: _PARTS[part[0]], re.escape(format).replace(r"\%", "%")))


def likely_formats(cells: Sequence[str]) -> list[str]:
    """Return the formats that look like half of the cells or more, those that mix dates with and without times too."""
    if not cells:
        return []
    found = [""] if 2 * sum(map(bool, map(ISO.fullmatch, cells))) >= len(cells) else []
    looks = Counter(cell.translate(_ALIKE) for cell in cells)
    if 2 * sum(n for look, n in looks.items() if _PARTED.search(look)) < len(cells):
        return found  # no other format has its digits in one piece
    for some in (CLOCKS[:2], CLOCKS[2:]):
        shares = {clock: _share(clock, looks) for clock in some}
        found += [clock for clock in some if shares[clock] >= 0.5]
        found += ["|".join(some)] * (all(shares.values()) and sum(shares.values()) >= 0.5)
    for day in DAYS:
        shares = {time: _share(day + time, looks) for time in TIMES}
        present = [time for time in TIMES if shares[time]]
        found += [day + time for time in present if shares[time] >= 0.5]
        if len(present) > 1 and sum(shares.values()) >= 0.5:
            found.append("|".join(day + time for time in reversed(present)))
    dotted = sum(map(bool, map(_DOTTED.fullmatch, cells)))  # the last choice: 01.02.03 is a day, 1.2.3 a version
    return [*found, DOTTED] if 2 * dotted >= len(cells) else found


def _share(format: str, looks: Mapping[str, int]) -> float:
    match = shape(format).fullmatch
    return sum(n for look, n in looks.items() if match(look)) / sum(looks.values())


def expression(format: str) -> str:
    """Return SQL that reads the text {c} as seconds since 1970 (UTC), NULL where it is no such date."""
    if not format:
        looks = r"\d{{4}}-\d{{1,2}}-\d{{1,2}}([T ].*)?"
        return f"CASE WHEN regexp_full_match({{c}}, '{looks}') THEN epoch(TRY_CAST({{c}} AS TIMESTAMPTZ)) END"
    formats = ", ".join(map(sql.text, format.split("|")))
    text, fraction = "{c}", ""
    if "%S" in format:  # strptime reads whole seconds
        text = "regexp_replace({c}, '(:\\d{{2}})\\.\\d+', '\\1')"
        fraction = " + coalesce(TRY_CAST(regexp_extract({c}, ':\\d{{2}}(\\.\\d+)', 1) AS DOUBLE), 0)"
    four = " AND regexp_matches({c}, '\\d{{4}}')" if "%Y" in format else ""
    return f"CASE WHEN regexp_matches({{c}}, '\\d'){four} THEN epoch(try_strptime({text}, [{formats}])){fraction} END"


def swapped(format: str) -> str:
    """Return the format with day and month exchanged; "" where that makes no other one."""
    if "%b" in format or "%B" in format or "%m" not in format:
        return ""
    other = format.translate(str.maketrans("md", "dm"))
    return "" if other == format or "%Y/%d" in other or "%Y.%d" in other else other
