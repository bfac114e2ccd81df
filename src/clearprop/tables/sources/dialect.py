"""How a text file of rows is written: encoding, delimiter, names, and what stands above them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Self

from clearprop.errors import DataError
from clearprop.tables.columns.names import UNNAMED, counted, unique_names
from clearprop.tables.sources import limits
from clearprop.tables.sources.encoding import UNICODE, find_encoding, is_gzipped, open_text
from clearprop.tables.sources.header import (
    are_units,
    count_comments,
    count_titles,
    has_names,
    is_number,
    is_rule,
    separator_in,
)
from clearprop.tables.sources.options import Options

DELIMITERS = (",", ";", "\t", "|")
BLANKS = " "
"""The delimiter of files with blanks or tabs, one or more, between the cells."""

_SAMPLE_RECORDS, _SAMPLE_SIGNS, _FEWEST_LINES = 200, 1 << 20, 12
_DECIMAL, _NUMERIC = re.compile(r"\s*[+-]?\d+,\d+\s*"), re.compile(r"[+-]?[\d.]+$|[+-]?\d[\d.]*[dDeE][+-]?\d+$")
_SIGN = re.compile(r"""::|[^\w\s.,'"/%$+#()\[\]&-]""")  # that people put between cells
_CELL = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_ESCAPED, _ESCAPE = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)'), re.compile(r"\\(.)")


@dataclass(frozen=True)
class Quoting:
    r"""How cells stand in quotes.

    Attributes
    ----------
    loose : bool
        Whether blanks stand between a delimiter and a quote; else blanks are part of their cell.
    escaped : bool
        Whether a quote within a cell is written \", as R and MySQL do, and not "".
    """

    loose: bool = True
    escaped: bool = False

    @classmethod
    def of(cls, lines: Iterable[str], delimiter: str) -> Self:
        """Return how the cells of these lines stand in quotes."""
        sign = re.escape(delimiter)
        blanks, slashes = re.compile(rf'{sign} +"'), re.compile(rf'(?<!\\)\\"[^{sign}\r\n"]')
        some = list(lines)
        return cls(any(map(blanks.search, some)), any(map(slashes.search, some)))


@dataclass(frozen=True)
class Dialect:
    """Everything one needs to know to read the file.

    Attributes
    ----------
    skipped : int
        Lines before the names or, without names, before the first row.
    comment : str
        What a line begins with that is no row; "" for nothing.
    has_units : bool
        Whether a row of units stands below the names.
    plain : bool
        Whether duckdb can read the file as it is.
    index : bool
        Whether the first column has no name, as the row names that pandas and R write.
    quoting : Quoting
    """

    path: Path
    encoding: str
    delimiter: str
    has_header: bool
    names: tuple[str, ...]
    notes: tuple[str, ...]
    skipped: int = 0
    comment: str = ""
    has_units: bool = False
    plain: bool = True
    index: bool = False
    quoting: Quoting = Quoting()

    @property
    def gzipped(self) -> bool:
        """Whether the file is compressed."""
        return is_gzipped(self.path)

    @property
    def understood(self) -> dict[str, Any]:
        """How the file is written, in the words of the options that say so."""
        found = {"delimiter": self.delimiter, "header": self.has_header, "encoding": self.encoding.removesuffix("-sig")}
        return found | self._above

    @property
    def _above(self) -> dict[str, Any]:
        return {word: value for word, value in (("skip", self.skipped), ("comment", self.comment)) if value}

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Return the records of lines of text, each a list of fields."""
        return fields_of(lines, self.delimiter, strict=True, quoting=self.quoting)

    def open(self) -> IO[str]:
        """Open the file as text; line ends are left as they are."""
        return open_text(self.path, self.encoding)


def find_dialect(path: Path, options: Options) -> Dialect:
    """Look through the file once and say how it is written.

    Raises
    ------
    DataError
        If it is empty, binary, or holds NUL bytes.
    """
    encoding, notes = find_encoding(path, options.encoding)
    with open_text(path, encoding) as file:
        lines = _first_lines(file)
    if not "".join(lines).strip():
        raise DataError(f"{path.name} is empty; expected a first line of column names and then one line per row.")
    start, comment, named, said = _above(path.name, lines, options)
    rest = [line for line in lines[start:] if not (comment and line.startswith(comment))]
    delimiter = options.delimiter or named or ("\t" if ".tsv" in path.suffixes else _find_delimiter(rest))
    sample = _records(rest, delimiter)
    told = options.skip is not None or options.header is not None or _has_a_corner(sample, delimiter)
    titles = 0 if told else count_titles(sample)
    if titles:
        start += _lines_of(rest, delimiter, titles)
        sample = sample[titles:]
        said.append(f"{counted(titles, 'line')} above the names left out; --skip {start} says so.")
    sample = _with_a_corner(sample) if options.header is not False else sample
    return _with_names(path, encoding, delimiter, sample, options, (start, comment), [*notes, *said], lines)


def _first_lines(file: IO[str]) -> list[str]:
    """Return the lines that are looked at: fewer of them where they are long."""
    lines, n_signs = [], 0
    for line in islice(file, 4 * _SAMPLE_RECORDS):
        lines.append(line)
        n_signs += len(line)
        if n_signs > _SAMPLE_SIGNS and len(lines) >= _FEWEST_LINES:
            break
    return lines


def _with_a_corner(sample: list[list[str]]) -> list[list[str]]:
    """Return the records with an empty name first where the names are one short, as R's write.table leaves them."""
    names, rows = sample[0], sample[1:]
    short = len(rows) > 1 and all(len(row) == len(names) + 1 for row in rows) and any(row[-1] for row in rows)
    return [["", *names], *rows] if short else sample


def _has_a_corner(sample: list[list[str]], delimiter: str) -> bool:
    """Return whether one name stands above rows of a counter and a cell, as R writes a frame of one column."""
    if delimiter not in (BLANKS, "	"):
        return False
    counted_rows = [[str(place), row[-1]] == row for place, row in enumerate(sample[1:], start=1)]
    return len(sample[0]) == 1 and len(counted_rows) > 1 and all(counted_rows)


def _above(name: str, lines: list[str], options: Options) -> tuple[int, str, str | None, list[str]]:
    """Return how many lines to skip, how comments begin, the delimiter a line names, and notes."""
    if options.skip is not None:
        return options.skip, options.comment or "", None, []
    named = separator_in(lines[0])
    if named:
        return 1, options.comment or "", named, []
    comment = options.comment or "#"
    n = count_comments(lines, comment)
    if not n or (options.comment is None and _is_header(lines, n)):
        return 0, options.comment or "", None, []
    note = f"{counted(n, 'line')} of {name} that begin with {comment} left out; --skip 0 reads them."
    return n, comment, None, [note]


def _is_header(lines: list[str], n: int) -> bool:
    """Return whether one comment is the line of names: "#a,b,c" above rows of as many fields."""
    if n != 1 or len(lines) < 2:
        return False
    return any(lines[0].count(mark) == lines[1].count(mark) > 0 for mark in DELIMITERS)


def _with_names(
    path: Path, encoding: str, delimiter: str, sample: list[list[str]], options: Options, above: tuple[int, str],
    notes: list[str], lines: list[str],
) -> Dialect:  # fmt: skip
    skipped, comment = above
    header = has_names(sample) if options.header is None else options.header
    raw = sample[0] if header else [""] * len(sample[0])
    names, renamed = unique_names(raw)
    if not header:
        why = "is a row, not names" if options.header is None else "was taken for a row"
        called = f'the columns are called "{names[0]}" to "{names[-1]}"'
        renamed = [f"The first line {why}; {called}; --header takes it for names."]
    unasked = header and options.header is None and len(sample) > 2
    units = unasked and (is_rule(sample[1]) or (len(sample) > 3 and are_units(sample[1], sample[2:])))
    if units:
        what = "is a rule" if is_rule(sample[1]) else f"holds units ({', '.join(sample[1][:3])})"
        notes = [*notes, f"The line below the names {what} and was left out; --header keeps it as a row."]
    if len(raw) == 1 and options.delimiter is None:
        notes = [*notes, *_only_one(path.name, sample)]
    index = header and len(raw) > 1 and raw[0].strip() in ("", UNNAMED) and all(name.strip() for name in raw[1:])
    odd_line_ends = header and any("\n" in name or "\r" in name for name in raw)  # of another kind than those of rows
    plain = not (skipped or comment or units or delimiter == BLANKS or odd_line_ends) and lines[0].strip() != ""
    plain = plain and encoding in (*UNICODE, "utf-16", "latin-1")
    quoting = Quoting.of(lines, delimiter)
    plain = plain and not quoting.escaped
    notes = [*notes, *renamed]
    return Dialect(
        path, encoding, delimiter, header, names, tuple(notes), skipped, comment, units, plain, index, quoting
    )


def _only_one(name: str, records: list[list[str]]) -> list[str]:
    """Return a note where nothing was found to part columns, though some sign stands in every line."""
    lines = [record[0].strip() for record in records if record]
    signs = [set(_SIGN.findall(line)) for line in lines]
    common = set.intersection(*signs) if len(lines) > 1 else set()
    parted = [line.split() for line in lines]
    if not common and all(len(words) > 1 and any(map(_NUMERIC.match, words)) for words in parted[1:]):
        common = {"blanks"} if len(parted) > 1 and len(parted[0]) > 1 else set()
    shown = min(common, key=lambda sign: (sign.isalnum(), sign), default="")
    sign = shown if shown.isprintable() else repr(shown)
    cure = "--delimiter names one sign that parts them, and columns of fixed width must be written anew"
    return [f"No columns were found in {name}, but {sign} in every line; {cure}."] if shown else []


def fields_of(lines: Iterator[str], delimiter: str, strict: bool, quoting: Quoting = Quoting()) -> Iterator[list[str]]:
    """Yield the fields of every record; blanks between cells may be many."""
    if delimiter != BLANKS:
        csv.field_size_limit(limits.CELL)  # of the whole process; the module has no other
        escape = "\\" if quoting.escaped else None
        reader: Any = csv.reader(
            lines, delimiter=delimiter, skipinitialspace=quoting.loose, strict=strict, escapechar=escape
        )
        return iter(reader)
    if quoting.escaped:
        return ([_ESCAPE.sub(r"\1", quoted) or bare for quoted, bare in _ESCAPED.findall(line)] for line in lines)
    return ([quoted.replace('""', '"') or bare for quoted, bare in _CELL.findall(line)] for line in lines)


def _lines_of(lines: list[str], delimiter: str, n_records: int) -> int:
    """Return how many lines the first records take, blank ones between them included."""
    counting = iter(enumerate(lines, start=1))
    last = 0

    def counted_lines() -> Iterator[str]:
        nonlocal last
        for number, line in counting:
            last = number
            yield line

    seen = 0
    for record in fields_of(counted_lines(), delimiter, strict=False):
        seen += bool(record)
        if seen == n_records:
            return last
    return last


def _records(lines: list[str], delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in fields_of(
            io.StringIO("".join(lines), newline=""), delimiter, False, Quoting.of(lines, delimiter)
        ):
            if record:
                records.append(record)
            if len(records) == _SAMPLE_RECORDS:
                break
    except csv.Error:
        pass  # the reading proper names the line
    return records or [["".join(lines)]]


def _find_delimiter(lines: list[str]) -> str:
    """Take the delimiter that cuts most records into as many fields as the first.

    Of equals the one that leaves more numbers, as 1,5;2,5 is cut by the semicolon, then the one that cuts more. Blanks
    come last: only where no other sign cuts, and the records have one width or numbers in them.
    """

    def score(delimiter: str) -> tuple[bool, float, float, int]:
        records = _records(lines, delimiter)
        width = len(records[min(1, len(records) - 1)]) if len(records) > 2 else len(records[0])
        agreeing = sum(len(record) == width for record in records) / len(records)
        fields = [field for record in records for field in record]
        numbers = sum(map(is_number, fields)) / len(fields)
        return width > 1 and agreeing > 0.5, agreeing if width > 1 else 0.0, numbers, width

    if len(lines) > 2 and "," not in lines[0] and all(map(_DECIMAL.fullmatch, lines[1:])):
        return ";"  # one column of decimals with commas
    best = max(DELIMITERS, key=score)
    if score(best)[0]:
        return best
    return BLANKS if _in_blanks(_records(lines, BLANKS)) else best


def _in_blanks(records: list[list[str]]) -> bool:
    """Return whether blanks part cells: all records have one width above 1, and there is a number in most."""
    width = len(records[-1])
    regular = all(len(record) == width for record in records[1:]) and len(records[0]) in (width, width - 1)
    numbers = sum(any(map(is_number, record)) for record in records[1:] or records)
    return width > 1 and len(records) > 1 and regular and 2 * numbers >= len(records) - 1
