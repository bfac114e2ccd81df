"""Cells that are already Python or NumPy values: from them to a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError
from clearprop.tables.columns.column import Column, category
from clearprop.tables.columns.names import counted
from clearprop.tables.columns.same import as_text, check_apart
from clearprop.tables.columns.spellings import NA, is_missing
from clearprop.tables.sources.choosing import Rules
from clearprop.tables.sources.durations import DURATION
from clearprop.tables.sources.labelled import read_labels


class NestedCells(Exception):
    """The cells of a column are lists or objects, of which nothing is made."""


_TEXT_OR_MISSING = {str, type(None), float}


def from_array(name: str, array: NDArray[Any], rules: Rules) -> tuple[Column, list[str]]:
    """Return the column of a NumPy array (n_rows,)."""
    kind = array.dtype.kind
    if rules.kinds.get(name) == "category" and kind in "biuf":
        return _labels(name, array.tolist()), []
    if kind in "iuf" and is_date(rules.spec(name)):
        return from_text(name, [plain_text(cell) for cell in array.tolist()], rules)
    if kind == "b":
        return Column(name, "boolean", array.astype(np.float64), (False, True)), []
    if kind in "iuf":
        return Column(name, "number", array.astype(np.float64), integer=kind != "f"), []
    if kind == "M":
        return Column(name, "date", _seconds(array)), []
    if kind == "m":
        return Column(name, "number", _seconds(array), format=DURATION), remarks_on_durations(name)
    return from_objects(name, array.tolist(), rules)


def from_objects(name: str, cells: Sequence[Any], rules: Rules) -> tuple[Column, list[str]]:
    """Return the column of Python objects; strings are read as text from a file is."""
    if {*map(type, cells)} == {float} and rules.kinds.get(name) != "category" and not is_date(rules.spec(name)):
        return Column(name, "number", np.array(cells)), []
    if (written := text_alone(name, cells)) is not None:
        return from_written(written, rules)
    cells = [None if is_missing(cell) else cell for cell in cells]
    present = [cell for cell in cells if cell is not None]
    if not present:
        return Column(name, "number", np.full(len(cells), np.nan)), []
    if rules.kinds.get(name) == "category":
        return _labels(name, cells, rules), []
    if all(isinstance(cell, bool | np.bool_) for cell in present):
        return Column(name, "boolean", _floats(cells), (False, True)), []
    if all(isinstance(cell, Real | Decimal) and not isinstance(cell, bool) for cell in present):
        if is_date(rules.spec(name)):
            return from_text(name, [None if cell is None else plain_text(cell) for cell in cells], rules)
        whole = all(isinstance(cell, Integral) for cell in present)
        return Column(name, "number", _floats(cells), integer=whole), []
    if all(isinstance(cell, date) for cell in present):
        return Column(name, "date", _seconds(np.array([_naive(cell) for cell in cells], dtype="datetime64[us]"))), []
    if all(isinstance(cell, timedelta) for cell in present):
        return from_array(name, np.array(cells, dtype="timedelta64[us]"), rules)
    _check_types(name, present)
    notes = remarks_on_bytes(name) if any(isinstance(cell, bytes) for cell in present) else []
    read, said = from_text(name, [None if cell is None else as_text(cell) for cell in cells], rules)
    return read, [*notes, *said]


def is_date(spec: str | None) -> bool:
    """Return whether a required kind is a date with a format, as it reads numbers such as 20200131 too."""
    return bool(spec) and str(spec).startswith("date:")


def plain_text(number: Any) -> str | None:
    """Return a number as text, a whole one without a point; None where it is NaN."""
    if number != number:
        return None
    whole = isinstance(number, Real | Decimal) and float(number).is_integer()
    return str(int(number)) if whole else str(number)


def remarks_on_durations(name: str) -> list[str]:
    """Return what is to be said of a column of durations: a file need not name their unit."""
    return [f'Column "{name}" holds durations; they were read as seconds.']


def remarks_on_bytes(name: str) -> list[str]:
    """Return what is to be said of a column of bytes: each library writes them in its own way."""
    return [f'Column "{name}" holds bytes; they were read as text in UTF-8, and as signs where they are none.']


def from_text(name: str, cells: Sequence[str | None], rules: Rules) -> tuple[Column, list[str]]:
    """Return the column of text cells; None is a missing one."""
    return from_written(category(name, cells), rules)


def from_written(written: Column, rules: Rules) -> tuple[Column, list[str]]:
    """Return the column of text cells, given as labels just as they were written.

    A kind that was asked for is taken at its word: then all text stays as it is. Else blanks around it go, unless that
    would make one label of two.
    """
    name = written.name
    if rules.spec(name) == "category":
        words = ("", *rules.na)
        return relabelled(written, [None if label.strip() in words else label for label in written.labels]), []
    stripped = [label.strip() for label in written.labels]
    absent = [label in NA or label in rules.na for label in stripped]
    present = [label for label, gone in zip(stripped, absent, strict=True) if not gone]
    apart = len(set(present)) == len(present)
    kept = [None if gone else label for label, gone in zip(stripped if apart else written.labels, absent, strict=True)]
    if not present:
        return Column(name, "number", np.full(len(written), np.nan)), _missing_words(name, written)
    column = relabelled(written, kept)
    if not apart:
        blanks = (
            f'Column "{name}": labels that differ by the blanks around them only are kept apart; strip them if not.'
        )
        return column, [blanks, *_missing_words(name, written)]
    read, notes = read_labels(column, rules)
    return read, [*notes, *(_missing_words(name, written) if read.kind == "category" else [])]


def text_alone(name: str, cells: Sequence[Any]) -> Column | None:
    """Return cells that are text or missing, each different text looked at once; None where any is something else."""
    if not set(map(type, cells)) <= _TEXT_OR_MISSING:
        return None
    different = dict.fromkeys(cells)
    labels = tuple(cell for cell in different if type(cell) is str)
    if not labels or not all(is_missing(cell) for cell in different if type(cell) is not str):
        return None
    place = dict.fromkeys(different, -1) | {label: code for code, label in enumerate(labels)}
    return Column(name, "category", np.fromiter(map(place.__getitem__, cells), np.int32, len(cells)), labels)


def relabelled(column: Column, labels: Sequence[Any]) -> Column:
    """Return a column of labels with another in the place of each: None where it is missing, equal ones as one."""
    merged = category(column.name, [*labels, None])  # the last is the code of a missing cell, −1
    return Column(column.name, "category", merged.values[column.values], merged.labels)


def from_categories(name: str, codes: NDArray[Any], labels: Sequence[Any], rules: Rules) -> tuple[Column, list[str]]:
    """Return the column of a categorical array, and a note where the same labels as text would be read otherwise."""
    column = from_codes(name, codes, labels)
    if rules.spec(name) is not None:
        return column, []
    texts = [as_text(label) for label in column.labels]
    as_in_a_file = replace(rules, exact=False, on_bad=lambda *_: None)
    plain, _ = from_text(name, texts, as_in_a_file) if texts else (column, [])
    if (
        plain.kind == "category"
        and list(plain.labels) == [text.strip(" ") for text in texts] == texts
        and all(isinstance(label, str) for label in column.labels)
    ):
        return column, []
    said = f'Column "{name}" holds categories, and they stay so; in a text file --kind "{name}=category" says it.'
    return column, [said]


def from_codes(name: str, codes: NDArray[Any], labels: Sequence[Any]) -> Column:
    """Return the column of a categorical array, whose labels stay as they are."""
    kept = tuple(label.item() if isinstance(label, np.generic) else label for label in labels)
    check_apart(name, kept)
    return Column(name, "category", codes.astype(np.int32), kept)


def _labels(name: str, cells: Sequence[Any], rules: Rules | None = None) -> Column:
    """Return cells as labels, each as it is; none is missing but what Python or the user says so."""
    words = ("", *rules.na) if rules else ("",)
    _check_types(name, [cell for cell in cells if not is_missing(cell)])
    texts = [None if is_missing(cell) else as_text(cell) for cell in cells]
    return category(name, [None if text is None or text.strip() in words else text for text in texts])


def _missing_words(name: str, written: Column) -> list[str]:
    """Return a note on each word among labels that was taken for a missing cell."""
    counts = np.bincount(written.values[written.values >= 0], minlength=len(written.labels))
    words: Counter[str] = Counter()
    for label, n in zip(written.labels, counts.tolist(), strict=True):
        words[label.strip(" ")] += n
    return missing_words(name, words)


def missing_words(name: str, counts: Mapping[str, int]) -> list[str]:
    """Return a note on each of these words, of a column of labels, that was taken for a missing cell."""
    cure = f'--kind "{name}=category" keeps it as a label'
    return [
        f'Column "{name}": {counted(n, "cell")} of "{word}" read as missing; {cure}.'
        for word, n in counts.items()
        if word in NA[1:]
    ]


def _check_types(name: str, cells: Sequence[Any]) -> None:
    """Refuse cells that are no values, and text and other things that look like it, such as "1" beside 1."""
    if any(isinstance(cell, list | dict | set | np.ndarray) for cell in cells):
        raise NestedCells
    if any(isinstance(cell, complex | np.complexfloating) for cell in cells):
        raise DataError(
            f'column "{name}" holds complex numbers; give real and imaginary parts as columns of their own.'
        )
    check_apart(name, {(type(cell), cell): cell for cell in cells if isinstance(cell, Hashable)}.values())


def _naive(moment: Any) -> Any:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return moment


def _floats(cells: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([np.nan if cell is None else _as_float(cell) for cell in cells])


def _as_float(cell: Any) -> float:
    """Return the nearest number; an infinite one stands for a whole number that is too large to be one."""
    try:
        return float(cell)
    except OverflowError:
        return float("inf") if cell > 0 else float("-inf")


def _seconds(array: NDArray[Any]) -> NDArray[np.float64]:
    """Return seconds, since 1970 for moments; NaN where NaT."""
    in_microseconds = array.astype(f"{array.dtype.kind}8[us]")
    seconds = in_microseconds.astype(np.int64) / 1e6
    return np.where(np.isnat(in_microseconds), np.nan, seconds)
