"""ARFF, the format of Weka: attributes with their kinds, then rows, dense or sparse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from clearprop.errors import DataError
from clearprop.tables.columns.cells import from_text
from clearprop.tables.columns.classes import class_column
from clearprop.tables.columns.column import Column
from clearprop.tables.sources.choosing import Rules
from clearprop.tables.sources.encoding import text_lines
from clearprop.tables.sources.frames import assemble
from clearprop.tables.sources.labelled import Declared
from clearprop.tables.sources.options import Options
from clearprop.tables.table import Table

_WORD = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s,{}%'"]+"""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_WORD})\s*(.+)", re.I)
_CELL = re.compile(r"""\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?!['"])[^,\t]*?)\s*(?:[,\t]|$)""")
_PAIR = re.compile(r"\s*(\d+)\s+('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|(?!['\"])[^,]*?)\s*(?:,|$)")
_WEIGHT = re.compile(r",\s*\{\s*[^{}\s,]+\s*\}\s*$")
_ESCAPE = re.compile(r"\\(.)")
_SIGNS = {"n": "\n", "t": "\t", "r": "\r"}
_JAVA = {
    "yyyy": "%Y", "yy": "%y", "y": "%Y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d",
    "HH": "%H", "H": "%H", "hh": "%I", "h": "%I", "mm": "%M", "m": "%M", "ss": "%S", "s": "%S", "SSS": "%g",
    "a": "%p", "EEE": "%a", "EEEE": "%A", "Z": "%z", "X": "%z", "XXX": "%z",
}  # fmt: skip
_DATE = "yyyy-MM-dd'T'HH:mm:ss"


@dataclass(frozen=True)
class Attribute:
    """A column as the file declares it: "number", "category" with labels, "text", or "date" with a format."""

    name: str
    kind: str
    labels: tuple[str, ...] = ()
    format: str = ""

    @property
    def omitted(self) -> str | None:
        """The cell that a sparse row leaves out."""
        return {"number": "0", "category": self.labels[0] if self.labels else None}.get(self.kind)


def looks_like_arff(head: bytes) -> bool:
    """Return whether the first line that is no comment names a relation."""
    lines = (line.strip() for line in head.decode("latin-1").removeprefix("\xef\xbb\xbf").splitlines())
    return next((line for line in lines if line and not line.startswith("%")), "").lower().startswith("@relation")


def read_arff(path: Path, options: Options) -> Table:
    """Read an ARFF file: names in quotes, dates, sparse rows, "?" for a missing cell, comments."""
    lines = _without_comments(path)
    attributes = _attributes(path, lines)
    rows = list(_rows(path, lines, attributes))
    if not rows:
        raise DataError(f"{path.name} declares {len(attributes)} attributes and has no rows after @data.")
    line_of = [line for line, _ in rows]
    cells = list(zip(*(row for _, row in rows), strict=True))
    raw = [(one.name, _build(one, list(column))) for one, column in zip(attributes, cells, strict=True)]
    table = assemble(path.name, raw, options, line_of.__getitem__)
    for one, column in zip(attributes, cells, strict=True):
        if one.name == options.target and one.kind in ("category", "text"):
            return replace(table, classes=class_column(one.name, list(column)))
    return table


def _without_comments(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in zip(count(1), text_lines(path), strict=False):
        stripped = line.strip()
        if stripped and not stripped.startswith("%"):
            yield number, stripped


def _attributes(path: Path, lines: Iterator[tuple[int, str]]) -> list[Attribute]:
    """Read up to @data."""
    found: list[Attribute] = []
    for number, line in lines:
        word = line.split(None, 1)[0].lower()
        if word == "@data":
            if not found:
                raise DataError(f"{path.name}:{number} begins the data, but no @attribute came before it.")
            return found
        if word == "@attribute":
            found.append(_attribute(f"{path.name}:{number}", line))
        elif word != "@relation":
            raise DataError(f"{path.name}:{number}: expected @attribute or @data, got {line[:60]!r}.")
    raise DataError(f"{path.name} has no @data; is the file whole?")


def _attribute(place: str, line: str) -> Attribute:
    matched = _ATTRIBUTE.fullmatch(line)
    if matched is None:
        raise DataError(f"{place}: expected @attribute NAME KIND, got {line[:60]!r}; quote a name that holds blanks.")
    name, declared = _unquoted(matched[1]), matched[2].strip()
    word, _, rest = declared.partition(" ")
    if declared.startswith("{"):
        labels = _split(declared.strip("{} "), _CELL, place)
        return Attribute(name, "category", tuple(_unquoted(label) for label in labels))
    if re.fullmatch(r"(numeric|real|integer)(\[.*)?", word, re.IGNORECASE):
        return Attribute(name, "number")
    if word.lower() == "string":
        return Attribute(name, "text")
    if word.lower() == "date":
        return Attribute(name, "date", format=_strptime(place, _unquoted(rest.strip()) or _DATE))
    raise DataError(f'{place}: attribute "{name}" is {word}; expected numeric, string, date or {{labels}}.')


def _rows(
    path: Path, lines: Iterator[tuple[int, str]], attributes: list[Attribute]
) -> Iterator[tuple[int, list[str | None]]]:
    width = len(attributes)
    omitted = [one.omitted for one in attributes]
    for number, line in lines:
        place = f"{path.name}:{number}"
        if line.startswith("{"):
            yield number, _sparse(place, line, omitted)
            continue
        cells = _split(_WEIGHT.sub("", line), _CELL, place)
        if len(cells) != width:
            raise DataError(f"{place} has {len(cells)} cells, expected {width}, one for each attribute.")
        yield number, [_cell(cell) for cell in cells]


def _sparse(place: str, line: str, omitted: list[str | None]) -> list[str | None]:
    cells = list(omitted)
    inside = _WEIGHT.sub("", line)[1:].rstrip().removesuffix("}").strip()
    position = 0
    while position < len(inside):
        matched = _PAIR.match(inside, position)
        if matched is None or int(matched[1]) >= len(cells):
            raise DataError(
                f"{place}: expected pairs of the number of an attribute (0 to {len(cells) - 1}) and a cell."
            )
        cells[int(matched[1])] = _cell(matched[2])
        position = matched.end()
    return cells


def _split(text: str, pattern: re.Pattern[str], place: str) -> list[str]:
    """Return the cells of a line: between commas or tabs, quotes respected."""
    if "'" not in text and '"' not in text and "\t" not in text:
        return [cell.strip() for cell in text.split(",")]
    cells, position = [], 0
    while position <= len(text):
        matched = pattern.match(text, position)
        if matched is None:
            raise DataError(f"{place}: the quotes do not close properly in {text[position : position + 60]!r}.")
        cells.append(matched[1])
        if matched.end() == len(text) and text[-1] not in ",\t":
            break
        position = matched.end() + (matched.end() == len(text))
    return cells


def _cell(written: str) -> str | None:
    return None if written == "?" else _unquoted(written)


def _unquoted(word: str) -> str:
    if len(word) < 2 or word[0] not in "'\"" or word[-1] != word[0]:
        return word
    return _ESCAPE.sub(lambda escaped: _SIGNS.get(escaped[1], escaped[1]), word[1:-1])


def _strptime(place: str, java: str) -> str:
    """Return a date format of Java's as strptime has it."""
    parts = re.findall(r"'([^']*)'|([A-Za-z])(\2*)|([^A-Za-z'])", java)
    unknown = [first + more for _, first, more, _ in parts if first and first + more not in _JAVA]
    if unknown:
        raise DataError(
            f"{place}: the date format {java!r} has {unknown[0]!r}, which is not known here; use {_DATE!r}."
        )
    format = "".join(
        _JAVA[first + more] if first else (quoted or sign).replace("%", "%%") for quoted, first, more, sign in parts
    )
    format = format.replace("%S.%g", "%S")  # fractions of a second are read with it
    return f"{format}|{format.removesuffix('%z')}Z" if re.search("X+$", java) else format


def _build(one: Attribute, cells: list[str | None]) -> Callable[[str, Rules], tuple[Column, list[str]]]:
    def build(name: str, rules: Rules) -> tuple[Column, list[str]]:
        if rules.spec(name) is not None or one.kind == "text":
            return from_text(name, cells, rules)
        if one.kind == "category":
            return Declared(one.labels, cells).column(name), []
        spec = f"date:{one.format}" if one.kind == "date" else "number"
        return from_text(name, cells, replace(rules, kinds={name: spec}))

    return build
