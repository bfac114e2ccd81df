"""What stands above the rows of a text file: the names of the columns, and lines that are neither names nor rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from clearprop.tables.columns.spellings import NA, NA_OF_PROGRAMS

MISSING = frozenset((*NA, *NA_OF_PROGRAMS))
_SEPARATOR = re.compile(r"(?:sep|SEP|Sep)=(.)\s*")
MOST_TITLES = 20  # lines above the names
_YEARS = range(1000, 2200)


def separator_in(line: str) -> str | None:
    """Return the delimiter that a first line such as "sep=;" names, as Excel writes it; None of any other line."""
    found = _SEPARATOR.fullmatch(line.rstrip("\r\n").strip('"'))
    return found[1] if found else None


def count_comments(lines: Sequence[str], mark: str) -> int:
    """Return how many lines at the start are comments or blank before one."""
    n = 0
    for k, line in enumerate(lines):
        if line.startswith(mark):
            n = k + 1
        elif line.strip():
            break
    return n


def count_titles(records: Sequence[Sequence[str]]) -> int:
    """Return how many records at the start are a title: of fewer fields than nearly all that follow."""
    if len(records) < 3:
        return 0
    width = Counter(map(len, records)).most_common(1)[0][0]
    titles = [_is_title(record, width) for record in records[: MOST_TITLES + 1]]
    n = titles.index(False) if False in titles else 0
    rest = records[n:]
    regular = sum(len(other) == width for other in rest) >= 0.9 * len(rest)
    return n if width > 1 and len(rest) > 2 and regular else 0


def _is_title(record: Sequence[str], width: int) -> bool:
    """Return whether a record is too short or too empty to be names or a row."""
    filled = sum(bool(field.strip()) for field in record)
    return filled < max(2, 0.5 * width) and (len(record) < width or filled == 0 or width > 2)


def has_names(records: Sequence[Sequence[str]]) -> bool:
    """Return whether the first record holds names, not a row like those below.

    A row is nothing but numbers and missing cells, or has a number wherever all below have one; years such as 2001,
    2002 may be names all the same.
    """
    first, below = records[0], [record for record in records[1:] if len(record) == len(records[0])]
    fields = [field.strip() for field in first]
    if all(is_number(field) or field in MISSING for field in fields) and any(map(is_number, fields)):
        return _are_names_of_a_kind(fields)
    told = [i for i, field in enumerate(fields) if field not in MISSING]  # \\N above numbers says neither
    numeric = [i for i in told if below and _is_numeric([record[i] for record in below])]
    alike = sum(is_number(fields[i]) for i in numeric)
    if not numeric or 2 * alike <= len(numeric) or alike < 1 + (len(numeric) > 1):
        return True
    return _are_names_of_a_kind([fields[i] for i in numeric if is_number(fields[i])]) and len(numeric) > 2


def are_units(record: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether the record under the names holds units, such as (m/s) or kg: words above columns of numbers."""
    rows = [other for other in below if len(other) == len(record)]
    numeric = [i for i in range(len(record)) if len(rows) > 2 and _is_numeric([row[i] for row in rows])]
    words = [record[i].strip() for i in numeric]
    return (
        len(numeric) > 1
        and 2 * len(numeric) >= len(record)
        and all(word and not is_number(word) and word not in MISSING and len(word) < 20 for word in words)
    )


def is_rule(record: Sequence[str]) -> bool:
    """Return whether a record is a line drawn below the names, as in Markdown: |---|:--|."""
    drawn = [field.strip() for field in record if field.strip()]
    return bool(drawn) and all(re.fullmatch(r":?[-=]{2,}:?", field) for field in drawn)


def is_number(field: str) -> bool:
    """Return whether a field is a number, with a point or a comma."""
    if "_" in field:
        return False
    try:
        value = float(field.replace(",", ".") if "," in field else field)
    except ValueError:
        return False
    return value == value or field.strip() not in MISSING


def _is_numeric(cells: Sequence[str]) -> bool:
    """Return whether nine of ten cells that are not missing are numbers."""
    present = [cell for cell in cells if cell.strip() not in MISSING]
    most = len(present) - 0.9 * len(present)
    odd = 0
    for cell in present:
        odd += not is_number(cell)
        if odd > most:
            return False
    return bool(present)


def _are_names_of_a_kind(fields: Sequence[str]) -> bool:
    """Return whether numbers are names: three or more years, each one later than the one before."""
    if len(fields) < 3 or not all(field.isdigit() and int(field) in _YEARS for field in fields):
        return False
    years = [int(field) for field in fields]
    return all(later - year == years[1] - years[0] > 0 for year, later in pairwise(years))
