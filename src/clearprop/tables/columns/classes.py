"""A column of class labels from Python: every label stays what it is, in value and type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import DataError
from clearprop.tables.columns.column import Column
from clearprop.tables.columns.spellings import AROUND, NA, is_missing
from clearprop.tables.sources.libraries import as_series, is_pandas, is_polars, is_pyarrow


def class_column(name: str, y: Any) -> Column:
    """Return the column of labels y (n_rows,): an array, a series of a library, or a list.

    Two labels are one class if they are equal and of one type; None, NaN and what a library has for a missing cell are
    missing, and nothing else is. The column remembers in what dtype the labels are to be given back.
    """
    if is_pandas(y):
        y = as_series(y)
        if hasattr(y.dtype, "categories"):
            return _coded(name, y.cat.codes.to_numpy(), y.dtype.categories)
    plain = plain_array(y)
    if isinstance(plain, np.ma.MaskedArray):
        return _from_objects(name, [None if hidden else cell for cell, hidden in _masked(plain)], plain.dtype.str)
    if plain is not None and plain.dtype.kind in "biufUSMm":
        return _from_array(name, plain)
    return _from_objects(name, _cells(y), "")


def plain_array(y: Any) -> NDArray[Any] | None:
    """Return cells as the array of NumPy that holds them unchanged, None where there is none.

    Moments and durations of a library stay whole there: as Python objects they would lose their nanoseconds.
    """
    if isinstance(y, np.ndarray):
        return y
    if is_pandas(y):
        if hasattr(y.dtype, "pyarrow_dtype"):
            return plain_array(y.array.__arrow_array__())
        return y.to_numpy() if isinstance(y.dtype, np.dtype) else None
    if is_polars(y) and type(y.dtype).__name__ in ("Datetime", "Duration"):
        if getattr(y.dtype, "time_zone", None) is None:
            return np.asarray(y.to_numpy())
        _refuse_nanoseconds(y.dtype.time_unit == "ns" and any(ns % 1000 for ns in y.drop_nulls().to_physical()))
        return None  # NumPy has no time zones; Python's moments have
    if is_pyarrow(y) and re.match(r"duration|timestamp\[\w+\]", str(y.type)):  # without a zone, which NumPy has not
        return np.asarray(y.to_numpy(zero_copy_only=False) if hasattr(y, "buffers") else y.to_numpy())
    return None


def _masked(y: np.ma.MaskedArray[Any, Any]) -> list[tuple[Any, bool]]:
    return list(zip(y.data.tolist(), np.ma.getmaskarray(y).tolist(), strict=True))


def _cells(y: Any) -> list[Any]:
    """Return the cells as Python objects."""
    if is_pandas(y):
        return list(y.astype(object).tolist())
    if is_polars(y):
        if type(y.dtype).__name__ == "Time":
            _refuse_nanoseconds(any(ns % 1000 for ns in y.to_physical().to_list() if ns is not None))
        return list(y.to_list())
    if is_pyarrow(y):
        if str(y.type) == "time64[ns]":
            _refuse_nanoseconds(any(ns % 1000 for ns in y.cast("int64").to_pylist() if ns is not None))
        return list(y.to_pylist())
    return list(y.tolist() if isinstance(y, np.ndarray) else y)


def _refuse_nanoseconds(lost: bool) -> None:
    if lost:
        raise DataError("the target holds times with nanoseconds, which Python's have not; give text in their place.")


def _from_array(name: str, y: NDArray[Any]) -> Column:
    native = y.astype(y.dtype.newbyteorder("="), copy=False)
    distinct, codes = np.unique(native, return_inverse=True)
    codes = codes.reshape(-1).astype(np.int32)
    absent = np.isnat(distinct) if y.dtype.kind in "Mm" else distinct != distinct
    codes[absent[codes]] = -1  # NaN and NaT sort to the end
    kept = distinct[~absent]
    labels = tuple(kept) if y.dtype.kind in "Mm" else _as_python(kept)
    return Column(name, "category", codes, labels, dtype=native.dtype.str)


def _as_python(labels: NDArray[Any]) -> tuple[Any, ...]:
    """Return labels as Python objects; what has more digits than these stays of NumPy, which no model file holds."""
    if labels.dtype.kind != "f" or labels.dtype.itemsize <= 8:
        return tuple(labels.tolist())
    short = labels.astype(np.float64)
    return tuple(short.tolist() if (short == labels).all() else labels)


def _coded(name: str, codes: NDArray[Any], categories: Any) -> Column:
    """Build the column of codes and their categories; a category that does not occur is no class."""
    labels = class_column(name, categories.to_numpy() if isinstance(categories.dtype, np.dtype) else list(categories))
    ordered = np.append(labels.values, -1)  # the code of each category, and of a missing cell
    return Column(name, "category", ordered[codes].astype(np.int32), labels.labels, dtype=labels.dtype)


def _from_objects(name: str, cells: Sequence[Any], dtype: str) -> Column:
    plain = [cell.item() if isinstance(cell, np.generic) and cell.dtype.kind in "biufUS" else cell for cell in cells]
    if plain and all(isinstance(cell, np.datetime64 | np.timedelta64) for cell in plain):
        return _from_array(name, np.array(plain))
    plain = _of_one_kind(plain)
    known: dict[tuple[type, Any], int] = {}
    codes = [-1 if is_missing(cell) else known.setdefault((type(cell), cell), len(known)) for cell in plain]
    labels = tuple(label for _, label in known)
    return Column(name, "category", np.array(codes, dtype=np.int32), labels, dtype=dtype or _dtype_of(labels))


def _of_one_kind(cells: list[Any]) -> list[Any]:
    """Return whole numbers among fractions as fractions too, where that changes none of them."""
    if {type(cell) for cell in cells if not is_missing(cell)} != {int, float}:
        return cells
    whole = [cell for cell in cells if type(cell) is int]
    if any(abs(cell) > 2**53 for cell in whole):
        return cells
    return [float(cell) if type(cell) is int else cell for cell in cells]


def _dtype_of(labels: Sequence[Any]) -> str:
    """Return the dtype in which labels lose nothing: Python's whole numbers have more digits than NumPy's."""
    kinds = {type(label) for label in labels}
    if kinds == {bool}:
        return "|b1"
    if kinds == {int}:
        fits = [name for name in ("<i8", "<u8") if _fits(labels, np.iinfo(name))]
        return fits[0] if fits else "O"
    return "<f8" if kinds == {float} else "O"


def _fits(labels: Sequence[int], limits: np.iinfo[Any]) -> bool:
    return limits.min <= min(labels) and max(labels) <= limits.max


SURELY_A_CLASS = 0.05
"""Share of the cells of a target from which on a word such as None is taken for the name of a class."""


def spelled_classes(
    name: str, counts: Mapping[str, int], na: Sequence[str], asked: bool = False
) -> tuple[list[str], list[str]]:
    """Return the labels of a target among its different cells, and notes on words that can mean a missing cell.

    Parameters
    ----------
    counts : mapping of str to int
        How often each text occurs.
    na : sequence of str
        Spellings of a missing cell that the user named: no class is called so.
    asked : bool
        Whether labels were asked for: then all others are classes.
    """
    if asked:
        return [label for label in counts if label not in na], []
    n_cells, labels, notes = sum(counts.values()), [], []
    words = [label for label in counts if label not in NA]
    in_words = any(not _PLAIN_NUMBER.fullmatch(label) for label in words)
    for label, n in counts.items():
        if label in na or (label in NA and not (in_words and n >= SURELY_A_CLASS * n_cells)):
            if label in NA[1:] and label not in na and (in_words or not words):
                cells, cure = f"{n} cells say" if n > 1 else "1 cell says", f'--kind "{name}=category" makes it a class'
                notes.append(f'Target "{name}": {cells} "{label}", which was read as a missing cell; {cure}.')
            continue
        labels.append(label)
        if label in NA:
            notes.append(
                f'Target "{name}": "{label}" was taken for a class ({n} rows); --na "{label}" makes it missing.'
            )
    return labels, notes


def with_blanks(name: str, texts: Iterable[str], asked: bool) -> tuple[dict[str, str], list[str]]:
    """Return the label that each text of a target in a file stands for, and a note where blanks tell two apart.

    Blanks around a text go, unless that would make one label of two, or labels were asked for: these are as written.
    """
    stripped = {text: text.strip(AROUND) for text in texts}
    words = [label for label in stripped.values() if label not in NA]
    if asked:
        return {text: text for text in stripped}, []
    if len(set(words)) == len(words):
        return stripped, []
    note = f'Target "{name}": labels that differ by the blanks around them only are kept apart; strip them if not.'
    return {text: label if label in NA else text for text, label in stripped.items()}, [note]


_PLAIN_NUMBER = re.compile(r"[+-]?[\d.,]+([eE][+-]?\d+)?")
_WHOLE = re.compile(r"-?(0|[1-9]\d*)")
_POINTED = re.compile(r"-?(0|[1-9]\d*)\.\d+")


def from_written(column: Column) -> Column:
    """Return labels that were text in a file: text as it was written, unless all of it is plainly numbers.

    Plainly is 7 or −2.50, but not 007, 1e3, +5 or 1_000; whole numbers have as many digits as they like.
    """
    labels = column.labels
    if not all(isinstance(label, str) for label in labels) or not labels:
        return column
    if all(map(_WHOLE.fullmatch, labels)):
        return _merged(column, [int(label) for label in labels])
    if all(_WHOLE.fullmatch(label) or _POINTED.fullmatch(label) for label in labels):
        numbers = [float(label) for label in labels]
        apart = len(set(numbers)) == len(set(map(Decimal, labels)))  # else they have more digits than numbers have
        return _merged(column, numbers) if apart else column
    return column


def _merged(column: Column, labels: Sequence[Any]) -> Column:
    """Return the column with other labels; equal ones share a code."""
    known: dict[Any, int] = {}
    code_of = np.array([*(known.setdefault(label, len(known)) for label in labels), -1], dtype=np.int32)
    return replace(column, values=code_of[column.values], labels=tuple(known), dtype=_dtype_of(tuple(known)))
