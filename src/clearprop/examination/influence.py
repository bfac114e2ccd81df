"""What the columns do: importance by permutation, partial dependence, and the error along each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.examination.sampling import draw_rows, random
from clearprop.tables import Schema, Table

Array = NDArray[Any]

ROWS = 2000
REPEATS = 3
MOST_COLUMNS = 200
DEPENDENCE_ROWS = 300
SHOWN_LINES = 25
GRID = 25
LEVELS = 8
ERROR_BINS = 8
FEW_VALUES = 12
RESTS_ON = 50.0
"""How many times its loss a network loses with a column that gives the answer away: of R², nearly all above 0.96."""


@dataclass(frozen=True)
class Importance:
    """How much the mean loss per row rises when the cells of a column are shuffled among the rows (Breiman 2001)."""

    column: str
    rise: float
    deviation: float


@dataclass(frozen=True, eq=False)
class Dependence:
    """What is predicted on the average if a column had this value everywhere (Friedman 2001).

    Attributes
    ----------
    column, kind : str
    at : list
        Values of the column: numbers, or labels.
    mean : array (n_at,)
    lines : array (n_lines, n_at)
        Single rows.
    of : str
        What is predicted: a class, or the target.
    """

    column: str
    kind: str
    at: list[Any]
    mean: Array
    lines: Array
    of: str


@dataclass(frozen=True, eq=False)
class ErrorAlong:
    """The mean error of rows by the value of a column: its bins' names, their errors, standard errors and rows."""

    column: str
    names: list[str]
    error: Array
    deviation: Array
    n_rows: list[int]


def places(schema: Schema) -> dict[str, list[int]]:
    """Return the columns of X that each column of the table became."""
    at, found = 0, {}
    for column in sorted(schema.columns, key=lambda column: column.kind == "category"):
        width = 1 if column.kind == "category" else len(column.names)
        found[column.name] = list(range(at, at + width))
        at += width
    return found


def importances(schema: Schema, X: Array, losses: Callable[[Array, Array], Array]) -> list[Importance]:
    """Return every column's importance, the most important first.

    Parameters
    ----------
    losses : callable
        From inputs (n, n_columns) and their row numbers to a loss per row.
    """
    rows = draw_rows(len(X), ROWS, 4)
    before = losses(X[rows], rows).mean()
    found = []
    for column, where in list(places(schema).items())[:MOST_COLUMNS]:
        rises = [_shuffled(X, rows, where, losses, repeat) - before for repeat in range(REPEATS)]
        found.append(Importance(column, float(np.mean(rises)), float(np.std(rises))))
    return sorted(found, key=lambda importance: -importance.rise)


def suspects(found: list[Importance], own: float, constant: float) -> list[Importance]:
    """Return the column that nearly all a network knows comes from, as from one that gives the answer away, if any.

    Where two are as important as that, the answer comes from both together, and neither gives it away.

    Parameters
    ----------
    own, constant : float
        Mean loss per row of the network, and of the best constant answer.
    """
    first, *others = found or [Importance("", 0.0, 0.0)]
    alone = all(other.rise < first.rise / 2 for other in others)
    return [first] if alone and first.rise > RESTS_ON * own and first.rise > constant / 2 > 0 else []


def dependences(
    schema: Schema, table: Table, X: Array, columns: list[str], predict: Callable[[Array], Array], of: str
) -> list[Dependence]:
    """Return the partial dependence on each of these columns.

    Parameters
    ----------
    predict : callable
        From inputs to one number per row.
    of : str
        What that number is.
    """
    rows = draw_rows(len(X), DEPENDENCE_ROWS, 5)
    return [_dependence(schema, table, X[rows], column, predict, of) for column in columns]


def errors_along(table: Table, columns: list[str], errors: Array) -> list[ErrorAlong]:
    """Return the mean error in bins of each of these columns."""
    return [_error_along(table, column, errors) for column in columns]


def _shuffled(X: Array, rows: Array, where: list[int], losses: Callable[[Array, Array], Array], repeat: int) -> float:
    changed = X[rows].copy()
    order = random(100 + repeat).permutation(len(rows))
    changed[:, where] = changed[order][:, where]
    return float(losses(changed, rows).mean())


def _dependence(
    schema: Schema, table: Table, X: Array, name: str, predict: Callable[[Array], Array], of: str
) -> Dependence:
    encoding = next(column for column in schema.columns if column.name == name)
    column = table.column(name)
    present = column.values[~column.missing]
    if encoding.reads in ("number", "date"):
        values = _grid(present)
    else:
        distinct, counts = np.unique(present, return_counts=True)
        values = distinct[np.argsort(-counts, kind="stable")[:LEVELS]]
    cells = column.take(np.zeros(len(values), np.int64))
    cells.values[...] = values
    encoded = np.reshape(encoding.encode(cells), (len(values), -1))
    outputs = np.empty((len(X), len(values)))
    for k in range(len(values)):
        changed = X.copy()
        changed[:, places(schema)[name]] = encoded[k]
        outputs[:, k] = predict(changed)
    at = values.tolist() if encoding.reads == "number" else column.cells(values)
    return Dependence(name, encoding.reads, at, outputs.mean(axis=0), outputs[:SHOWN_LINES], of)


def _grid(present: Array) -> Array:
    """Return values of a column at even shares of its rows and at even distances."""
    if not len(present):
        return np.zeros(1)
    shares = np.quantile(present, np.linspace(0.02, 0.98, GRID // 2))
    return np.unique([*shares, *np.linspace(shares[0], shares[-1], GRID // 2)])


def _error_along(table: Table, name: str, errors: Array) -> ErrorAlong:
    column = table.column(name)
    codes, names = _bins(column)
    names = [*names, "missing"]
    codes = np.where(column.missing, len(names) - 1, codes)
    counts = np.bincount(codes, minlength=len(names))
    kept = np.flatnonzero(counts)
    means = np.array([errors[codes == k].mean() for k in kept])
    deviations = np.array([errors[codes == k].std() / np.sqrt(counts[k]) for k in kept])
    return ErrorAlong(name, [names[k] for k in kept], means, deviations, counts[kept].tolist())


def _bins(column: Any) -> tuple[Array, list[str]]:
    """Return a bin for every cell, and the names of the bins: ranges of numbers and dates, the most frequent labels."""
    present = column.values[~column.missing]
    distinct, counts = np.unique(present, return_counts=True)
    if column.kind in ("number", "date") and len(distinct) > FEW_VALUES:
        edges = _edges(present, distinct[counts.argmax()])
        codes = np.clip(np.searchsorted(edges, column.values, side="right") - 1, 0, len(edges) - 2)
        shown = labels_of(column.cells(edges))
        return codes, [low if low == high else f"{low} to {high}" for low, high in pairwise(shown)]
    frequent = distinct[np.argsort(-counts, kind="stable")[:ERROR_BINS]]
    if column.kind == "number":
        frequent = np.sort(frequent)
    codes = np.full(len(column.values), len(frequent))
    for code, value in enumerate(frequent):
        codes[column.values == value] = code
    return codes, [*labels_of(column.cells(frequent)), "(others)"]


def _edges(present: Array, most_frequent: Any) -> Array:
    """Return edges of bins of equal shares; where one value has most rows, it is a bin of its own."""
    if (present == most_frequent).mean() < 0.5:
        return np.unique(np.quantile(present, np.linspace(0, 1, ERROR_BINS + 1)))
    others = present[present != most_frequent]
    above = np.nextafter(most_frequent, np.inf)
    return np.unique([*np.quantile(others, np.linspace(0, 1, ERROR_BINS // 2 + 1)), most_frequent, above])


def labels_of(cells: list[Any]) -> list[str]:
    """Return cells as short labels; moments of one day are times of day."""
    moments = [cell for cell in cells if isinstance(cell, datetime)]
    if moments and len({moment.date() for moment in moments}) == 1:
        return [f"{moment:%H:%M}" for moment in moments]
    return [_short(cell) for cell in cells]


def _short(cell: Any) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return (f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.4g}").replace("-", "−")
    return f"{cell:%Y-%m-%d}" if isinstance(cell, date) else str(cell)
