"""split: which rows are held out of training. Nothing may be learned from them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.equations.philox import PURPOSE_SPLIT, generator
from clearprop.errors import DataError, UsageError
from clearprop.tables.columns.names import counted
from clearprop.tables.columns.spellings import is_missing
from clearprop.tables.table import Table

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """Rows for training and rows held out, both ascending, and how they were parted.

    Attributes
    ----------
    train, held : array of int
    how : str
        Such as "stratified by "income"".
    notes : tuple of str
    """

    train: Indices
    held: Indices
    how: str
    notes: tuple[str, ...] = ()


def split(
    source: Table | int,
    held: float | int = 0.1,
    *,
    rows: Indices | None = None,
    seed: int | tuple[int, int] = 0,
    stratify: str | ArrayLike | None = None,
    group: str | ArrayLike | None = None,
    time: str | ArrayLike | None = None,
    given: ArrayLike | None = None,
) -> Split:
    """Part rows into training rows and held-out rows.

    Parameters
    ----------
    source : Table or int
        The table, or its number of rows.
    held : float or int
        Share of the rows (between 0 and 1), or their number.
    rows : array of int, optional
        The rows to part; all if left out.
    seed : int, or (int, int)
        The same seed gives the same split; the second number, 0 if left out, tells draws of one seed apart, such as
        that of the validation rows from that of the test rows.
    stratify, group, time : str or array (n_rows,), optional
        A column of the table, or its values. At most one of: every class in the same share; no group on both sides;
        the last rows in time held out.
    given : array of int, optional
        The rows to hold out.

    Returns
    -------
    Split

    Raises
    ------
    DataError
        If the rows cannot be parted so.
    """
    asked = {"stratify": stratify, "group": group, "time": time, "given": given}
    chosen = [name for name, value in asked.items() if value is not None]
    if len(chosen) > 1:
        raise UsageError(f"a split is by one rule only, got {' and '.join(chosen)}; leave out all but one.")
    n_rows = source.n_rows if isinstance(source, Table) else operator.index(source)
    pool = np.arange(n_rows)
    if rows is not None:
        pool = _row_numbers("chosen row", rows, pool)
    if given is not None:
        return _given(pool, _row_numbers("held-out row", given, pool))
    n_held = _number(held, len(pool))
    order = generator(*_seed_and_draw(seed)).permutation(len(pool))
    if not chosen:
        return _split(pool, order[:n_held], "drawn at random")
    by = asked[chosen[0]]
    keys, name = _keys(source, by, n_rows, pool, moments=time is not None)
    parts: dict[str, Callable[[Indices, Indices, int, Indices, str], Split]] = {
        "stratify": _stratified,
        "group": _grouped,
        "time": _by_time,
    }
    return parts[chosen[0]](pool, keys[pool], n_held, order, name)


def _seed_and_draw(seed: int | tuple[int, int]) -> tuple[int, int, int]:
    first, draw = seed if isinstance(seed, tuple) else (seed, 0)
    return first, PURPOSE_SPLIT, draw


def _stratified(pool: Indices, keys: Indices, n_held: int, order: Indices, name: str) -> Split:
    counts = np.bincount(keys)
    shares = counts * n_held / len(pool)
    quota = np.floor(shares).astype(int)
    most = np.maximum(counts - 1, 0)
    for key in np.argsort(quota - shares, kind="stable"):  # the largest remainders first
        if quota.sum() == n_held:
            break
        quota[key] += int(shares[key] > quota[key])
    quota = np.minimum(quota, most)
    keys_in_order = keys[order]
    held = np.concatenate([order[keys_in_order == key][: quota[key]] for key in np.flatnonzero(counts)])
    if not len(held):
        raise DataError(
            f"no row can be held out: every class of {name} has one row only. Give more rows, or split at random."
        )
    left_out = int(((counts > 0) & (quota == 0)).sum())
    classes = "1 class" if left_out == 1 else f"{left_out} classes"
    verbs = ("has", "trains") if left_out == 1 else ("have", "train")
    notes = (f"{classes} of {name} {verbs[0]} too few rows to be held out and only {verbs[1]}.",) if left_out else ()
    return _split(pool, held, f"stratified by {name}", notes)


def _grouped(pool: Indices, keys: Indices, n_held: int, order: Indices, name: str) -> Split:
    groups, first = np.unique(keys[order], return_index=True)
    if len(groups) < 2:
        raise DataError(f"a split by groups needs two groups at least, {name} has one only; split at random.")
    shuffled = groups[np.argsort(first)]
    sizes = np.bincount(np.searchsorted(groups, keys))[np.searchsorted(groups, shuffled)]
    n_groups = 1 + int(np.argmin(np.abs(np.cumsum(sizes)[:-1] - n_held)))
    held = np.flatnonzero(np.isin(keys, shuffled[:n_groups]))
    return _split(pool, held, f"by groups of {name}, {n_groups} of {len(groups)} held out")


def _by_time(pool: Indices, keys: Indices, n_held: int, order: Indices, name: str) -> Split:
    moments = np.sort(keys)
    border = moments[len(pool) - n_held]
    held = keys >= border
    if held.all():  # the border's moment reaches back to the first row
        held = keys > border
    if not held.any():
        raise DataError(f"a split by time needs two moments at least, {name} has one only; split at random.")
    return _split(pool, np.flatnonzero(held), f"by time, the last {int(held.sum())} rows by {name} held out")


def _given(pool: Indices, given: Indices) -> Split:
    if len(given) == len(pool):
        raise DataError(f"all {len(pool)} rows are held out, none is left to train on; hold out fewer.")
    return _split(pool, np.flatnonzero(np.isin(pool, given)), "given")


def _row_numbers(what: str, rows: ArrayLike, among: Indices) -> Indices:
    """Return row numbers, ascending."""
    numbers = np.unique(rows)
    if numbers.dtype.kind not in "iu" or not len(numbers) or len(numbers) < np.size(rows):
        raise DataError(f"the {what}s must be different whole numbers, at least one of them.")
    outside = numbers[~np.isin(numbers, among)]
    if len(outside):
        raise DataError(f"{what} {outside[0]} is not among the {len(among)} rows; they count from 0.")
    return numbers.astype(np.int64)


def _split(pool: Indices, held: Indices, how: str, notes: tuple[str, ...] = ()) -> Split:
    side = np.zeros(len(pool), dtype=bool)
    side[held] = True
    return Split(pool[~side], pool[side], how, notes)


def _number(held: float | int, n: int) -> int:
    whole = isinstance(held, int | np.integer) and not isinstance(held, bool)
    if not (held >= 1 if whole else 0 < held < 1):
        raise UsageError(f"held must be a share between 0 and 1 or a number of rows, got {held!r}; 0.1 is a tenth.")
    if n < 2:
        raise DataError(f"a split needs 2 rows at least, got {n}. Give more rows, or train without validation.")
    number = max(1, round(held * n)) if held < 1 else int(held)
    if number >= n:
        raise DataError(f"{number} of {n} rows cannot be held out, none is left to train on; hold out fewer.")
    return number


def _keys(
    source: Table | int, by: str | ArrayLike | None, n_rows: int, pool: Indices, moments: bool
) -> tuple[Indices, str]:
    """Return whole numbers that are equal and ordered as the values are, and a name for them."""
    if isinstance(by, str):
        return _keys_of_column(source, by, pool, moments)
    values = np.asarray(by)
    if values.shape != (n_rows,):
        raise DataError(f"the values to split by must have shape ({n_rows},), got {values.shape}.")
    missing = np.array([is_missing(value) for value in values]) if values.dtype.kind == "O" else values != values
    missing &= np.isin(np.arange(n_rows), pool)
    if missing.any():
        raise DataError(f"the value to split by is missing in row {int(np.argmax(missing))}; fill it in.")
    if moments and any(isinstance(value, str | bytes) for value in values):
        raise _no_moments("the values hold words")
    try:
        return np.unique(values, return_inverse=True)[1], "the given values"
    except TypeError:
        raise DataError("the values to split by must be of one kind; make them all numbers, or all text.") from None


def _keys_of_column(source: Table | int, by: str, pool: Indices, moments: bool) -> tuple[Indices, str]:
    if not isinstance(source, Table):
        raise UsageError(f"to split by the column {by!r} give the table, not its number of rows.")
    column = source.column(by)
    if moments and column.kind not in ("date", "number"):
        raise _no_moments(f'the column "{by}" holds a {column.kind}')
    missing = column.missing[pool]
    if missing.any():
        problem = f"the value to split by is missing ({counted(int(missing.sum()), 'such row')})"
        raise source.cell_error(int(pool[np.argmax(missing)]), by, problem, "Fill it in, or drop such rows.")
    return np.unique(column.values, return_inverse=True)[1], f'"{by}"'


def _no_moments(what: str) -> DataError:
    """Refuse words: their order is that of the alphabet, not of time."""
    return DataError(
        f"a split by time needs dates or numbers, {what}; write its moments as 2024-12-31 or 2024-12-31 23:59:59."
    )
