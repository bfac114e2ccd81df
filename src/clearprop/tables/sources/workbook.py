"""What a workbook has beside its values: merged cells, and formulas whose value nobody has stored."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from clearprop.tables.columns.names import counted

_FORMULA = re.compile(
    rb"<c\b([^>]*)>\s*(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)  # of text, an empty value is one
_CHUNK, _LONGEST = 1 << 20, 1 << 15  # bytes; a formula has at most 8192 signs
_MOST_BYTES = 1 << 22
_SHEET, _RELATION = re.compile(r"<(?:\w+:)?sheet\b[^>]*>"), re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")


def fill_merged(rows: list[list[Any]], ranges: Sequence[Any], first: int, column: int) -> list[str]:
    """Write what merged cells say into each of their rows; return a note if there were any.

    Parameters
    ----------
    rows : list of list
        The rows below the names.
    ranges : sequence of ((int, int), (int, int))
        First and last cell of each, counted from 0 in the sheet.
    first, column : int
        Where in the sheet the first of the rows and its first cell stand.
    """
    n_filled = 0
    for (top, left), (bottom, _) in ranges or ():
        place = left - column
        if top < first or top == bottom or not rows or not 0 <= place < len(rows[0]):
            continue
        for row in rows[top - first + 1 : bottom - first + 1]:
            row[place] = rows[top - first][place]
            n_filled += 1
    cells = f"{counted(n_filled, 'cell')} that are merged with the one above"
    return [f"{cells} were read as it; unmerge them if they are empty."] if n_filled else []


def without_value(path: Path, sheet: str) -> list[str]:
    """Return a note if formulas of a sheet have no value: a program wrote them that does not reckon."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, sheet)
        n = sum(b't="str"' not in found[1] for found in _formulas(archive, part)) if part else 0
    if not n:
        return []
    what = f'{counted(n, "formula")} of sheet "{sheet}" without a stored value read as missing'
    return [f"{what}; open the workbook in a spreadsheet and save it there."]


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part that holds a sheet; "" if it is not found."""
    book, targets = (_small(archive, f"xl/{name}") for name in ("workbook.xml", "_rels/workbook.xml.rels"))
    tags = [tag for tag in _SHEET.findall(book) if unescape(_attribute(tag, "name")) == sheet]
    wanted = _attribute(tags[0], r"\w+:id") if tags else ""
    related = [tag for tag in _RELATION.findall(targets) if wanted and _attribute(tag, "Id") == wanted]
    target = _attribute(related[0], "Target") if related else ""
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in archive.namelist() else ""


def _small(archive: zipfile.ZipFile, name: str) -> str:
    known = name in archive.namelist() and archive.getinfo(name).file_size <= _MOST_BYTES
    return archive.read(name).decode("utf-8", "replace") if known else ""


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"\s{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    return (found[1] or found[2] or "") if found else ""


def _formulas(archive: zipfile.ZipFile, part: str) -> Iterator[re.Match[bytes]]:
    """Yield the formulas without a value; of a sheet of any size there is one piece at a time in memory."""
    with archive.open(part) as file:
        kept = b""
        while chunk := file.read(_CHUNK):
            text = kept + chunk
            end = 0
            for found in _FORMULA.finditer(text):
                yield found
                end = found.end()
            kept = text[max(end, len(text) - _LONGEST) :]
