"""Numbers as people write them: decimal commas, marks of thousands, signs of currency, percent, units, K and M.

A format is one line of text, as a schema stores it: "" for plain numbers, "decimal comma", "thousands comma", or a
`NumberFormat` spelled out, such as "marks=., unit=%".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from clearprop.computed_once import cached_property
from clearprop.errors import unknown_name
from clearprop.tables.sources import sql
from clearprop.tables.sources.durations import DURATION

CURRENCIES = (
    "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₴", "₫", "฿", "R$", "US$", "A$", "C$", "kr", "zł", "Kč", "Ft", "Fr.",
    "USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "AUD", "CAD", "SEK", "NOK", "DKK", "PLN", "RM", "Rs", "Rs.",
    "Rp", "Rp.", "CZK", "HUF", "RON", "RUB", "UAH", "TRY", "BRL", "MXN", "ARS", "CLP", "COP", "ZAR", "NGN", "KES",
    "EGP", "AED", "SAR", "ILS", "PKR", "BDT", "THB", "IDR", "MYR", "SGD", "HKD", "NZD", "TWD", "PHP", "KRW", "VND",
)  # fmt: skip
SCALES = {
    "k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6, "Mio": 1e6, "B": 1e9, "bn": 1e9, "Mrd": 1e9, "G": 1e9, "T": 1e12,
    "thousand": 1e3, "lakh": 1e5, "mn": 1e6, "mln": 1e6, "million": 1e6, "Million": 1e6, "crore": 1e7, "billion": 1e9,
    "Billion": 1e9, "trillion": 1e12,
}  # fmt: skip
BLANKS = " \u00a0\u202f\u2009"
MINUS = "-\u2212\u2013"  # as typed, and as typeset
MARKS = {"": "", ",": ",", ".": ".", "blank": BLANKS, "'": "'\u2019"}
"""The signs that may stand between groups of three digits, by the name of the mark."""
NAMED = {"decimal comma": (",", "."), "thousands comma": (".", ",")}
"""Formats of schemas since the first version: their mark of decimals and of thousands."""
PLAIN = "CASE WHEN NOT contains({c}, '_') THEN TRY_CAST({c} AS DOUBLE) END"  # 1_2 is a name

_B, _DASH, _ABOUT = f"[{BLANKS}]*", "\\-\u2212\u2013", f"[<>≤≥~]?[{BLANKS}]*"
_ROUND = "\\-\u2212\u2013\u2014"  # 1250,- and 12.-- have no cents
_ALIKE = str.maketrans("23456789", "1" * 8)
_SPELLED = re.compile(
    r"marks=(?P<decimal>[.,])(?P<thousands>,|\.|blank|'|)( unit=(?P<unit>\S+))?(?P<scaled> scaled)?"
    r"( missing=(?P<missing>.*))?"
)
_DASHES = "-\u2212\u2013\u2014"
_PLURAL = re.compile(r"[^\W\d_]{2,}s")
_NAMELESS = rf"[^\d\s.,()+{_DASH}<>'’]*"
_DRESSED = re.compile(
    rf"(?P<about>[<>≤≥~]?){_B}(?P<before>{_NAMELESS}(?:\.(?=\s))?){_B}[(+{_DASH}]?{_B}(?P<also>{_NAMELESS}){_B}"
    rf"(?P<digits>\d[\d.,{BLANKS}'’]*|[.,]\d+)(?:[eE][+-]?\d+)?(?:(?<=[.,])[{_ROUND}]{{1,2}})?(?P<more>\+?){_B}"
    rf"(?P<behind>[^\d\s.,()+{_DASH}][^\d(){BLANKS}]*[123]?|)[){_DASH}]?"
)


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of one column are written.

    Attributes
    ----------
    decimal : {".", ","}
    thousands : str
        A key of `MARKS`: what may stand between groups of three digits.
    unit : str
        What stands before or behind the numbers, such as "$" or "kg".
    scaled : bool
        Whether K, M and B stand for thousands, millions and milliards.
    missing : tuple of str
        Words that stand for a missing number in this column.
    """

    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    scaled: bool = False
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        for name, (decimal, thousands) in NAMED.items():
            if self == NumberFormat(decimal, thousands):
                return name
        words = [f"marks={self.decimal}{self.thousands}"]
        words += [f"unit={self.unit}"] * bool(self.unit) + ["scaled"] * self.scaled
        words += [f"missing={'|'.join(self.missing)}"] * bool(self.missing)
        return "" if self == NumberFormat() else " ".join(words)

    @classmethod
    def parse(cls, text: str) -> NumberFormat:
        """Return the format of a text.

        Raises
        ------
        UsageError
            If it is none.
        """
        if text in NAMED:
            return cls(*NAMED[text])
        if text == DURATION:
            return cls(unit=DURATION)
        found = _SPELLED.fullmatch(text)
        if text and not found:
            raise unknown_name("number format", text, [*NAMED, "marks=,. unit=€"])
        if not found:
            return cls()
        missing = tuple(found["missing"].split("|")) if found["missing"] else ()
        return cls(found["decimal"], found["thousands"], found["unit"] or "", bool(found["scaled"]), missing)

    def has_decimals(self, pointed: int) -> bool:
        """Return whether numbers of the column have decimals; `pointed` is in how many cells a point stands."""
        plain = self == NumberFormat(missing=self.missing)
        return bool(pointed) if plain else True

    @property
    def pattern(self) -> str:
        """A regular expression, for Python and RE2 alike; its groups: sign, digits, scale, sign or bracket behind."""
        point, signs = re.escape(self.decimal), MARKS[self.thousands]
        lakhs = r"[1-9]\d?(?:,\d{2})+,\d{3}|" if signs == "," else ""  # as in India: 12,34,567
        whole = rf"(?:{lakhs}[1-9]\d{{0,2}}(?:[{signs}]\d{{3}})+|\d+)" if signs else r"\d+"
        digits = rf"(?:{whole}(?:{point}(?:\d+|[{_ROUND}]{{1,2}})?)?|{point}\d+)(?:[eE][+-]?\d+)?"
        plural = "?" if _PLURAL.fullmatch(self.unit) else ""  # 2 years, 1 year
        unit = f"(?:{re.escape(self.unit)}{plural})?{_B}" if self.unit else ""
        scale = "|".join((*SCALES, "")) if self.scaled else ""
        return rf"^{_ABOUT}{unit}(\(|[+{_DASH}])?{_B}{unit}({digits})\+?{_B}({scale}){_B}{unit}([){_DASH}]?)$"

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, compiled; its digits are those of ASCII, as RE2's are."""
        return re.compile(self.pattern, re.ASCII)

    def read(self, cell: str) -> float | None:
        """Return the number that a cell is, None where it is no such number; the same as `expression` gives."""
        if self == NumberFormat(missing=self.missing):
            return plain_number(cell)
        found = self.compiled.fullmatch(cell)
        if found is None or (found[1] == "(") != (found[4] == ")"):
            return None
        digits = found[2].rstrip(_DASHES)
        for mark in MARKS[self.thousands]:
            digits = digits.replace(mark, "")
        negative = found[1] == "(" or (found[1] or "+") in MINUS or (found[4] or "+") in MINUS
        size = SCALES.get(found[3] or "", 1.0) if self.scaled else 1.0
        return float(digits.replace(self.decimal, ".")) * (-1.0 if negative else 1.0) * size

    @property
    def expression(self) -> str:
        """SQL that reads the text {c}, NULL where it is no such number."""
        if self == NumberFormat(missing=self.missing):
            return PLAIN
        pattern = sql.text(self.pattern).replace("{", "{{").replace("}", "}}")
        _, before, digits, scale, behind = (f"regexp_extract({{c}}, {pattern}, {k})" for k in range(5))
        digits = f"rtrim({digits}, {sql.text(_DASHES)})"
        for mark in MARKS[self.thousands]:
            digits = f"replace({digits}, {sql.text(mark)}, '')"
        value = f"TRY_CAST(replace({digits}, {sql.text(self.decimal)}, '.') AS DOUBLE)"
        minus = ", ".join(map(sql.text, MINUS))
        value += f" * CASE WHEN {before} IN ('(', {minus}) OR {behind} IN ({minus}) THEN -1.0 ELSE 1.0 END"
        if self.scaled:
            cases = "".join(f" WHEN {sql.text(word)} THEN {size!r}" for word, size in SCALES.items())
            value += f" * CASE {scale}{cases} ELSE 1.0 END"
        closed = f"({before} = '(') = ({behind} = ')')"
        return f"CASE WHEN regexp_full_match({{c}}, {pattern}) AND {closed} THEN {value} END"


def plain_number(cell: str) -> float | None:
    """Return the number that a cell is without any format, as `PLAIN` does; None where it is none."""
    if not cell.isascii() or "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def spelled_alike(words: Sequence[str]) -> tuple[str, ...]:
    """Return words and, of those that are numbers, how else they are often written: -999 as -999.0 and -999.00."""
    values = [value for value in map(plain_number, words) if value is not None and np.isfinite(value)]
    return tuple(dict.fromkeys([*words, *(form.format(v) for v in values for form in ("{:.15g}", "{!r}", "{:.2f}"))]))


def candidates(cells: Sequence[str], decimal: str) -> list[NumberFormat]:
    """Return the formats that may read these cells, the likeliest first.

    Parameters
    ----------
    cells : sequence of str
        Different cells, each with a digit.
    decimal : {".", ","}
        The mark of decimals where the cells leave it open.
    """
    dressed = dress(cells)
    if dressed is None:
        return []
    for mark, other in ((",", "."), (".", ",")):
        if surely_decimal(cells, mark) and not surely_decimal(cells, other):
            decimal = mark
    other = "." if decimal == "," else ","
    marks = [(decimal, other), (decimal, ""), (decimal, "blank"), (decimal, "'")]
    marks += [(other, decimal), (other, ""), (other, "blank"), (other, "'")]
    formats = [NumberFormat(point, group, *dressed) for point, group in marks]
    looks = Counter(cells) if dressed[0].endswith(("2", "3")) else _looks(cells)
    read = {format: sum(n for look, n in looks.items() if format.compiled.match(look)) for format in formats}
    return sorted((format for format in formats if read[format]), key=lambda format: -read[format])[:3]


def dress(cells: Sequence[str]) -> tuple[str, bool] | None:
    """Return the unit and whether K, M or B occur, if these cells are numbers that share one unit; else None.

    Four of five cells must be numbers, and those with a unit have the same one, in singular or plural. In front only a
    currency may stand, since A12 is a name; and where "<" stands before many, "<50" and ">50" are labels.
    """
    looks = [(match, n) for look, n in _looks(cells).items() if (match := _DRESSED.fullmatch(look))]
    n_found, n_about = sum(n for _, n in looks), sum(n for match, n in looks if match["about"] or match["more"])
    if n_found < 0.8 * len(cells) or n_about > 0.2 * n_found:
        return None
    before = {match["before"] or match["also"] for match, _ in looks} - {""}
    behind: Counter[str] = Counter()
    for match, n in looks:
        behind[match["behind"].rstrip()] += n
    scaled = sum(behind[word] for word in SCALES)
    units = _in_plural(before | set(behind) - set(SCALES) - {""}, cells)
    if len(units) > 1 or not all(map(_is_currency, before)):
        return None
    unit = next(iter(units), "")
    n_with_unit = sum(behind[word] for word in {unit, unit.rstrip("s"), unit.rstrip("23") + "1"})
    if unit and not before and not _is_currency(unit) and 2 * n_with_unit < n_found:
        return None  # a letter behind a few of the numbers makes names of them
    if scaled and not unit and 2 * scaled < n_found and max(behind[word] for word in SCALES) < 2:
        return None
    return unit, scaled > 0


def _in_plural(units: set[str], cells: Sequence[str]) -> set[str]:
    """Return units without those of which the plural is there, and with the digits that they really have: m², m2."""
    kept = {unit for unit in units if f"{unit}s" not in units}
    if not any(unit.endswith(("1", "2", "3")) for unit in kept):
        return kept
    found = {match["behind"].rstrip() for match in map(_DRESSED.fullmatch, cells) if match} - {""}
    return found if len(found) == 1 and all(unit.endswith(("2", "3")) for unit in found) else kept | {"", "none"}


def _is_currency(word: str) -> bool:
    """Return whether a word is a currency: one that is known, or a sign of one, as in NT$."""
    letters = word[:-1].isupper() and len(word) <= 4
    return word in CURRENCIES or (unicodedata.category(word[-1]) == "Sc" and (letters or len(word) == 1))


def grouped(cells: Sequence[str], mark: str) -> bool:
    """Return whether the mark can part thousands in all these cells, and does in one: 1.234 beside 182."""
    some, none = _grouped(mark)
    parted = False
    for cell in cells:
        if some.fullmatch(cell):
            parted = True
        elif not none.fullmatch(cell):
            return False
    return parted


def surely_decimal(cells: Sequence[str], mark: str) -> bool:
    """Return whether all cells are numbers and the mark must be that of decimals in one of them: 1,5 or 0,126."""
    return dress(cells) is not None and any(map(_surely(mark).fullmatch, _looks(cells)))


@lru_cache
def _surely(mark: str) -> re.Pattern[str]:
    m = re.escape(mark)
    digits = rf"0+{m}\d+|\d*{m}(?:\d{{1,2}}|\d{{4,}})|\d{{4,}}{m}\d+|\d{{1,3}}(?:[^\d{m}]\d{{3}})+{m}\d+"
    return re.compile(rf"[^\d.,]*(?:{digits})(?:[eE][+-]?\d+)?[^\d.,]*")


@lru_cache
def _grouped(mark: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what a number in which the mark parts thousands looks like, and one too small for that."""
    some = rf"[+{_DASH}]?[1-9]\d{{0,2}}({re.escape(mark)}\d{{3}})+"
    return re.compile(some), re.compile(rf"[+{_DASH}]?(0|[1-9]\d{{0,2}})")


def _looks(cells: Sequence[str]) -> Counter[str]:
    """Return what cells look like, and how many look so: no format tells 1 from 2, though some 0 from 1."""
    return Counter(cell.translate(_ALIKE) for cell in cells)
