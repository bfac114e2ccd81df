"""Which reading suits a column: what *all* its cells can be read as.

If all but a few can be, the few are mistakes and the first is named; if many cannot, the column holds labels. A word
that recurs among numbers is a missing cell. Whatever is assumed is said, with the option that changes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from clearprop.tables.columns.spellings import NA_OF_PROGRAMS
from clearprop.tables.encodings.category import ONE_HOT_UP_TO
from clearprop.tables.sources import date_formats
from clearprop.tables.sources.durations import DURATION, look_like_durations
from clearprop.tables.sources.number_formats import NumberFormat, candidates, grouped, surely_decimal
from clearprop.tables.sources.readings import LABELS, Cells, Reading, date, number

FEW = 0.05  # share of cells up to which what is no number among numbers is a mistake
FEWEST_NUMBERS = 3  # different ones; 1, 2 and x are labels
MOST_WORDS = 3  # different words that may stand for a missing number
_DIGIT = re.compile(r"\d")
_SIGNED_ODDLY = re.compile(r"[<>≤≥~(].*|.*[^.,][-\u2212\u2013]|\d[\d.,]*\+.*")
_LIKE_NUMBERS = re.compile(
    r"(?:[^\W\d_]{1,3}\.\s?)?[^\w\s]{0,2}\s?\d[\d.,'’·٫ \u00a0\u202f_]*\s?"
    r"(?:\D{0,12}|[×x*^/±eEdD].{0,12}|[^\W\d_]{1,3}\b.{0,12}|\(.{0,12}\))"
)
_MONTH_NAMES = (
    "jan", "feb", "fév", "mar", "mär", "apr", "avr", "abr", "may", "mai", "mag", "maj", "jun", "jui", "giu", "jul",
    "lug", "aug", "aoû", "ago", "sep", "set", "oct", "okt", "ott", "out", "nov", "dec", "dez", "dic", "déc",
)  # fmt: skip
_BEFORE_A_MONTH = r"(?:[^\W\d_]+\.?,? )?(?:.*\d(?:st|nd|rd|th)?)?\W*(?:of |de )?"
_LIKE_MOMENTS = re.compile(
    rf"{_BEFORE_A_MONTH}(?:{'|'.join(_MONTH_NAMES)})[^\W\d_]{{0,8}}\.?\W*(?:de )?(?:\d.*)?|"
    r"\d{4}\W?[QWqw]\d{1,2}|[QWqw]\d{1,2}\W?\d{4}|\d{4}([-/.])\d{1,2}(?:\1.*)?|\d{4}年.*|"
    r"\d{1,2}([-/. ])\d{1,2}\2(?:\d{2}|\d{4})\b.*|\d{1,2}/\d{4}|\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d+)?|"
    r"\d{1,2} ?[ap]\.?m\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Signs:
    """What is known of a whole file: the mark of decimals, whether that is sure, and which of day and month is first.

    Attributes
    ----------
    decimal : {".", ","}
    sure : bool
        Whether the user said it, or some cell leaves no doubt.
    dates : {"month-first", "day-first", ""}
    """

    decimal: str = "."
    sure: bool = False
    dates: str = ""


def signs_of(
    samples: Sequence[Sequence[str]], decimal: str, told: bool, dates: str, plain: Callable[[], list[list[str]]] = list
) -> Signs:
    """Decide for the whole file: decimals have commas where the numbers of some column leave no doubt.

    Parameters
    ----------
    plain : callable
        Returns cells of columns of nothing but plain numbers, some with points; asked where there are commas elsewhere.
    """
    if not told and any("," in cell for sample in samples for cell in sample):
        samples = [*samples, *plain()]
    if told:
        return Signs(decimal, True, dates)
    sure = [[surely_decimal(_with_digits(sample), mark) for sample in samples] for mark in ",."]
    commas, points = map(any, sure)
    sure_mark = "," if commas else "."
    return Signs(sure_mark if commas != points else decimal, commas != points, dates)


@dataclass(frozen=True)
class Decision:
    """How a column is read, how many of its cells cannot be, and what is to be said of it."""

    reading: Reading
    n_odd: int = 0
    notes: tuple[str, ...] = ()


def decide_plain(name: str, sample: Sequence[str], signs: Signs) -> Decision:
    """Decide on a column of which every cell is a plain number: points may part thousands where commas are decimals."""
    if signs.decimal == "," and signs.sure and grouped(sample, "."):
        shown = next(cell for cell in sample if "." in cell)
        note = f'Column "{name}": {shown} was read as {shown.replace(".", "")}; --decimal . reads it as {float(shown)}.'
        return Decision(number("decimal comma"), 0, (note,))
    if not signs.sure and grouped(sample, "."):
        shown = next(cell for cell in sample if "." in cell)
        note = f'Column "{name}": {shown} was read with decimals; --decimal , reads it as {shown.replace(".", "")}.'
        return Decision(number(), 0, (note,))
    return Decision(number())


def decide(name: str, text: Cells, sample: Sequence[str], signs: Signs) -> Decision:
    """Decide on a column in which not every cell is a plain number.

    Parameters
    ----------
    sample : sequence of str
        Different cells of it.
    """
    shown = [cell for cell in _with_digits(sample) if cell not in NA_OF_PROGRAMS]
    if not shown:
        return Decision(LABELS)
    formats = candidates(shown, signs.decimal)
    readings = [number(), *(number(str(format)) for format in formats if str(format)), *_dates(shown, signs)]
    readings += [number(DURATION)] if look_like_durations(shown) else []
    n_cells, *read = text.total(readings)
    best = max(range(len(readings)), key=lambda k: read[k])
    return _judge(name, text, readings[best], read[best], n_cells, shown, signs)


def keep_apart(name: str, text: Cells, decision: Decision, exact: bool) -> Decision:
    """Return the decision, or that the column holds labels where its reading would make one of two texts.

    Parameters
    ----------
    exact : bool
        Whether all text counts, and not only what may be a code. Numbers with decimals of more than so many different
        values as a category may have columns are amounts even so; a note says it.
    """
    merged = text.merged(decision.reading, exact)
    if merged is None:
        return replace(decision, notes=(*decision.notes, *_codes(name, text)))
    pair = f'Column "{name}": "{merged.one}" and "{merged.other}"'
    if exact and merged.decimals and merged.n_texts > ONE_HOT_UP_TO:
        note = f'{pair} became one number; --kind "{name}=category" keeps them apart.'
        return replace(decision, notes=(*decision.notes, note))
    return Decision(LABELS, 0, (f'{pair} are kept apart as labels; --kind "{name}=number" reads numbers.',))


def _codes(name: str, text: Cells) -> list[str]:
    """Return a note on numbers that may be codes: they begin with a zero, or have more digits than a number has."""
    code = text.code()
    if code is None or not code.isdecimal():
        return []
    return [f'Column "{name}": {code} may be a code, but was read as a number; --kind "{name}=category" keeps it.']


def _judge(
    name: str, text: Cells, reading: Reading, n_read: int, n_cells: int, shown: Sequence[str], signs: Signs
) -> Decision:
    odd = text.odd_words(reading, MOST_WORDS + 1) if n_read < n_cells else {}
    n_odd = sum(odd.values()) if len(odd) <= MOST_WORDS else n_cells - n_read
    if (
        odd
        and reading.kind == "number"
        and reading.format != DURATION
        and _are_words(odd, n_read, n_cells)
        and len(shown) >= FEWEST_NUMBERS
    ):
        return _with_words(name, reading, odd, shown, signs)
    if n_odd <= max(1, FEW * n_cells) and 3 * n_odd <= n_cells and n_read:
        return Decision(reading, n_odd, tuple(_remarks(name, text, reading, shown, signs)))
    if 2 * n_read > n_cells:
        return Decision(LABELS, 0, (_mostly(name, reading.kind, n_read / n_cells, next(iter(odd))),))
    return Decision(LABELS, 0, tuple(_looks_like_moments(name, shown) or _looks_like_numbers(name, shown)))


def _mostly(name: str, kind: str, share: float, example: str) -> str:
    cure = f'--kind "{name}={kind}" with --bad-rows quarantine changes that, or --na for what is missing'
    most = f'{share:.0%} of its cells are {kind}s ("{example}" is none)'
    return f'Column "{name}" was read as labels, though {most}; {cure}.'


def _are_words(odd: dict[str, int], n_read: int, n_cells: int) -> bool:
    """Return whether the cells that are no numbers are a few words that recur, among numbers enough."""
    recurring = all(n > 1 for n in odd.values()) and not any(map(_DIGIT.search, odd))
    return len(odd) <= MOST_WORDS and recurring and n_read >= 0.4 * n_cells


def _with_words(name: str, reading: Reading, odd: dict[str, int], shown: Sequence[str], signs: Signs) -> Decision:
    format = replace(NumberFormat.parse(reading.format), missing=tuple(odd))
    words = ", ".join(f'"{word}" ({n} cells)' for word, n in odd.items())
    note = f'Column "{name}": {words} stands for a missing number; --kind "{name}=category" keeps it as a label.'
    return Decision(number(str(format)), 0, (note,))


def _dates(shown: Sequence[str], signs: Signs) -> list[Reading]:
    formats = date_formats.likely_formats(shown)
    if signs.dates:
        first = "%d" if signs.dates == "day-first" else "%m"
        formats.sort(key=lambda format: not format.lstrip("|").startswith(first))
    return [date(format) for format in formats]


def _remarks(name: str, text: Cells, reading: Reading, shown: Sequence[str], signs: Signs) -> list[str]:
    """Return what is to be said of a reading that could be another, or that a reader might not expect."""
    if reading.kind == "date":
        return _remarks_on_dates(name, text, reading, shown, signs)
    if reading.format == DURATION:
        return [f'Column "{name}": durations such as {shown[0]} were read as seconds.']
    format = NumberFormat.parse(reading.format)
    if format.unit or format.scaled:
        example = next((cell for cell in shown if not _is_plain(cell)), shown[0])
        value, cure = format.read(example), f'--kind "{name}=category" keeps the text'
        as_what = "numbers" if value is None else f"numbers ({value:.15g})"
        return [f'Column "{name}": cells such as {example} were read as {as_what}; {cure}.']
    odd = next(filter(_SIGNED_ODDLY.fullmatch, shown), "")
    if odd:
        meant = "the limit itself" if odd[0] in "<>≤≥~" or "+" in odd else "negative"
        return [f'Column "{name}": cells such as {odd} were read as {meant}; --kind "{name}=category" keeps the text.']
    return [] if signs.sure else _doubts(name, format, shown)


def _doubts(name: str, format: NumberFormat, shown: Sequence[str]) -> list[str]:
    """Return a note on a mark that may part thousands or decimals."""
    for mark in {format.thousands, format.decimal} & {",", "."}:
        other = "." if mark == "," else ","
        if not grouped(shown, mark) or any(cell.count(mark) > 1 for cell in shown):
            continue
        example = next(cell for cell in shown if mark in cell)
        plain = example.replace(mark, "")
        if mark == format.thousands:
            return [f'Column "{name}": {example} was read as {plain}; --decimal {mark} reads it as decimals.']
        return [f'Column "{name}": {example} was read with decimals; --decimal {other} reads it as {plain}.']
    return []


def _remarks_on_dates(name: str, text: Cells, reading: Reading, shown: Sequence[str], signs: Signs) -> list[str]:
    notes = []
    if reading.format in date_formats.MONTHS:
        said = f'--kind "{name}=category" keeps the text'
        notes.append(f'Column "{name}": months such as {shown[0]} were read as their first day; {said}.')
    other = date_formats.swapped(reading.format)
    if other and not signs.dates and len(set(text.total([reading, date(other)])[1:])) == 1:
        day_first = reading.format.startswith("%d")
        cure = f"--dates {'month-first' if day_first else 'day-first'} reads it the other way"
        notes.append(f'Column "{name}" could be {reading.format} or {other}; it was read as {reading.format}; {cure}.')
    if "%y" in reading.format:
        years = "69 to 99 were read as 1969 to 1999, 00 to 68 as 2000 to 2068"
        notes.append(f'Column "{name}" has years of two digits: {years}.')
    return notes


def _looks_like_moments(name: str, shown: Sequence[str]) -> list[str]:
    """Return a note on labels of which most look like dates or times of day."""
    alike = sum(_LIKE_MOMENTS.fullmatch(cell) is not None for cell in shown)
    if len(shown) < 2 or alike < 0.8 * len(shown):
        return []
    cure = f'write them as 2020-01-31, or give their format, as in --kind "{name}=date:%d.%m.%Y"'
    return [f'Column "{name}" looks like moments ({shown[0]}) but was read as labels; {cure}.']


def _looks_like_numbers(name: str, shown: Sequence[str]) -> list[str]:
    """Return a note on labels of which most begin like numbers."""
    begin = sum(_LIKE_NUMBERS.fullmatch(cell) is not None for cell in shown)
    if len(shown) < 3 or begin < 0.8 * len(shown):
        return []
    return [f'Column "{name}" looks like numbers ({shown[0]}) but was read as labels; --kind "{name}=number" insists.']


def _with_digits(sample: Sequence[str]) -> list[str]:
    return [cell for cell in sample if _DIGIT.search(cell)]


def _is_plain(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[\d.]+", cell) is not None
