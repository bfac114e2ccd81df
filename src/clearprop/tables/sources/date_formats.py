"""Dates as people write them: which formats of strptime can read these cells.

A format of a schema is one of strptime, or several parted by a bar where some cells have a time of day and some have
none: "%m/%d/%Y %H:%M|%m/%d/%Y". "" stands for ISO 8601, with or without an offset from UTC; "epoch s", "epoch ms",
"epoch us" and "epoch ns" for the time since 1970 as a number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from clearprop.tables.sources import sql

DAYS = (
    "%m/%d/%y", "%d/%m/%y", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%d-%m-%y",
    "%m-%d-%y", "%Y/%m/%d", "%Y.%m.%d", "%Y.%m.%d.", "%Y-%m-%d", "%Y%m%d", "%d %m %Y", "%d %b %Y", "%d-%b-%y",
    "%d-%b-%Y", "%d/%b/%Y", "%b %d, %Y", "%b %d %Y", "%B %d, %Y", "%B %d %Y", "%d %B %Y", "%d. %B %Y", "%Y年%m月%d日",
)  # fmt: skip
MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%m.%Y", "%m-%Y", "%b %Y", "%B %Y", "%b-%y", "%b-%Y", "%Y-%b")
"""Formats of a month, which is read as its first day."""
DOTTED, _DOTTED = "%H.%M.%S", re.compile(r"\d{2}\.\d{2}\.\d{2}")
CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p")
ISO = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)? ?(Z|UTC|GMT|[A-Z]{3,4}|[+-]\d{2}(:?\d{2})?)?",
    re.IGNORECASE,
)
EPOCHS = {"epoch s": 1.0, "epoch ms": 1e3, "epoch us": 1e6, "epoch ns": 1e9}
_PARTS = {
    "%d": r"\d{1,2}", "%m": r"\d{1,2}", "%Y": r"\d{4}", "%y": r"\d{2}", "%b": r"[A-Za-z]{3}", "%B": r"[A-Za-z]{3,9}",
    "%H": r"\d{1,2}", "%I": r"\d{1,2}", "%M": r"\d{2}", "%S": r"\d{2}(\.\d+)?", "%p": r"[AaPp][Mm]",
}  # fmt: skip
_WEEKDAY = r"(?P<weekday>[A-Za-z]{3}|[A-Za-z]{6,9})(?P<comma>,? )"
_CLOCK = r"(?P<hour>\d{1,2}):\d{2}(?P<seconds>:\d{2}(?:\.\d+)?)?(?P<half> ?[AaPp][Mm])?|(?P<joined>\d{4}(?:\d{2})?)"
_ZONE = r"(?P<blank> ?)(?:(?P<utc>Z)|(?P<offset>[+-]\d{2}(?::?\d{2})?)|(?P<zone>[A-Za-z]{3,4}))"
_MONTH_IN_A_DAY = re.compile(r"(\d{4})-(\d{2})")

_ALIKE = str.maketrans("123456789", "0" * 9) | {
    ord(letter): "x" for letter in "bcdefghijklnoqrstuvwxyzBCDEFGHIJKLNOQRSUVWXY"
}
"""Signs that no format tells apart: digits, and letters but those of AM and PM, T and Z."""


_PARTED = re.compile(r"\d\D+\d")
_IN_ONE_PIECE = re.compile(r"[A-Za-z]+[ -]\d+|\d+-[A-Za-z]+|\d{8}T?\d*")


@lru_cache(maxsize=512)
def shape(format: str) -> re.Pattern[str]:
    """Return what text of a format looks like: a year of four digits has four."""
    return re.compile(_shape(format))


def _shape(format: str) -> str:
    return re.sub(r"%[A-Za-z]", lambda part: _PARTS[part[0]], re.escape(format).replace(r"\%", "%"))


@lru_cache(maxsize=64)
def _moment(day: str) -> re.Pattern[str]:
    """Return what a day looks like, a weekday before it or not, a time and a zone behind it or not."""
    time = rf"(?:(?P<between>[ T:]|, | - )(?:{_CLOCK})(?:{_ZONE})?)?"
    return re.compile(rf"(?:{_WEEKDAY})?{_shape(day)}{time}")


def likely_formats(cells: Sequence[str]) -> list[str]:
    """Return the formats that look like half of the cells or more, those that mix dates with and without times too."""
    if not cells:
        return []
    found = [""] if 2 * sum(map(bool, map(ISO.fullmatch, cells))) >= len(cells) else []
    looks = Counter(cell.translate(_ALIKE) for cell in cells)
    if 2 * sum(n for look, n in looks.items() if _PARTED.search(look) or _IN_ONE_PIECE.fullmatch(look)) < len(cells):
        return found  # no other format has its digits in one piece
    for some in (CLOCKS[:2], CLOCKS[2:]):
        shares = {clock: _share(clock, looks) for clock in some}
        found += [clock for clock in some if shares[clock] >= 0.5]
        found += ["|".join(some)] * (all(shares.values()) and sum(shares.values()) >= 0.5)
    for day in DAYS:
        formats = _formats_of(day, looks)
        half = sum(looks.values()) / 2
        found += [format for format, n in formats.items() if n >= half]
        if len(formats) > 1 and sum(formats.values()) >= half:
            found.append("|".join(sorted(formats, key=len, reverse=True)))
    found += [month for month in MONTHS if _share(month, looks) >= 0.5 and not (month == "%Y-%m" and _seasons(cells))]
    dotted = sum(map(bool, map(_DOTTED.fullmatch, cells)))  # the last choice: 01.02.03 is a day, 1.2.3 a version
    return [*found, DOTTED] if 2 * dotted >= len(cells) else found


def _share(format: str, looks: Counter[str]) -> float:
    match = shape(format).fullmatch
    return sum(n for look, n in looks.items() if match(look)) / sum(looks.values())


def _formats_of(day: str, looks: Counter[str]) -> Counter[str]:
    """Return how many cells look like a day in each of the formats that they show."""
    formats: Counter[str] = Counter()
    match = _moment(day).fullmatch
    for look, n in looks.items():
        found = match(look)
        if found is None or (day == "%Y%m%d" and not found["between"]):
            continue  # digits in one piece are a number, and a note says so
        formats[_weekday(found) + day + _time(found)] += n
    return formats


def _weekday(found: re.Match[str]) -> str:
    if not found["weekday"]:
        return ""
    return ("%a" if len(found["weekday"]) == 3 else "%A") + found["comma"]


def _time(found: re.Match[str]) -> str:
    """Return the format of a time of day and its zone."""
    if not found["between"]:
        return ""
    if found["joined"]:
        clock = "%H%M%S" if len(found["joined"]) == 6 else "%H%M"
    else:
        clock = f"{'%I' if found['half'] else '%H'}:%M{':%S' if found['seconds'] else ''}"
        clock += (" %p" if found["half"].startswith(" ") else "%p") if found["half"] else ""
    zone = "Z" if found["utc"] else "%z" if found["offset"] else "%Z" if found["zone"] else ""
    return f"{found['between']}{clock}{found['blank'] or ''}{zone}"


def _seasons(cells: Sequence[str]) -> bool:
    """Return whether all cells are a year and the next one, as 2009-10, which is no month."""
    pairs = [found.groups() for found in map(_MONTH_IN_A_DAY.fullmatch, cells) if found]
    return all((int(year) + 1) % 100 == int(next_one) for year, next_one in pairs)


def expression(format: str) -> str:
    """Return SQL that reads the text {c} as seconds since 1970 (UTC), NULL where it is no such date."""
    if not format:
        looks = r"\d{{4}}-\d{{1,2}}-\d{{1,2}}([T ].*)?"
        plain = r"regexp_replace(regexp_replace({c}, '(:\d{{2}}),(\d)', '\1.\2'), '(:\d{{2}}.*) ([+-]\d)', '\1\2')"
        return f"CASE WHEN regexp_full_match({{c}}, '{looks}') THEN epoch(TRY_CAST({plain} AS TIMESTAMPTZ)) END"
    if format in EPOCHS:
        return f"TRY_CAST({{c}} AS DOUBLE) / {EPOCHS[format]!r}"
    text, fraction = "{c}", ""
    if "%S" in format:  # strptime reads whole seconds
        text = "regexp_replace({c}, '(:\\d{{2}})\\.\\d+', '\\1')"
        fraction = " + coalesce(TRY_CAST(regexp_extract({c}, ':\\d{{2}}(\\.\\d+)', 1) AS DOUBLE), 0)"
    elif format.startswith("%Y%m"):  # whole numbers among which one was missing
        text = "regexp_replace({c}, '\\.0$', '')"
    four = " AND regexp_matches({c}, '\\d{{4}}')" if "%Y" in format else ""
    return f"CASE WHEN regexp_matches({{c}}, '\\d'){four} THEN {_parsed(text, format.split('|'))}{fraction} END"


def _parsed(text: str, formats: Sequence[str]) -> str:
    """Return SQL that tries the formats in turn.

    Not in one list where some have a zone: there duckdb 2.0.1 gives a cell without a zone that of the cell before it.
    """
    zoned = any("%z" in format.lower() for format in formats)
    if zoned and len(formats) > 1:
        return f"coalesce({', '.join(f'epoch(try_strptime({text}, {sql.text(format)}))' for format in formats)})"
    return f"epoch(try_strptime({text}, [{', '.join(map(sql.text, formats))}]))"


def swapped(format: str) -> str:
    """Return the format with day and month exchanged; "" where that makes no other one."""
    if "%b" in format or "%B" in format or "%m" not in format or "%d" not in format:
        return ""
    other = format.translate(str.maketrans("md", "dm"))
    return "" if other == format or re.search("%Y.?%d", other) else other
