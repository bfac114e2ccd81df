"""What a table estimator is handed, checked as scikit-learn's users expect and made ready for `read_table`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.weights import in_precision
from clearprop.errors import DataError, UsageError, closest
from clearprop.tables import Column, Table, read_table
from clearprop.tables.columns.names import counted
from clearprop.tables.sources.libraries import is_frame, is_series, is_sparse

Array = NDArray[Any]

_PLAIN = (str, bytes, int, float, np.generic, type(None))
MOST_COPIES = 10_000_000
_OF_KIND: dict[str, set[type]] = {"b": {bool}, "i": {int}, "f": {float}, "U": {str}, "M": {np.datetime64}}
"""What cells an array of a kind holds unchanged; whole numbers become floats where one of them is too large."""


class CellTypeError(DataError, TypeError):
    """A cell of an array is neither a number nor text."""


def as_source(data: Any) -> Any:
    """Return data as `read_table` takes it: lists and whatever else can be an array as an array.

    Raises
    ------
    DataError
        If it is sparse, complex, not of two dimensions or without columns.
    """
    if is_sparse(data):
        raise DataError(
            "a table estimator takes no sparse input; pass X.toarray(), or use MLPClassifier or MLPRegressor, "
            "which take sparse rows as they are."
        )
    if not _is_array(data):
        return data
    array = _without_mask(data) if isinstance(data, np.ma.MaskedArray) else np.asarray(data)
    if array.dtype.names:
        return array
    _check_shape(array)
    _check_cells(array)
    return array


def check_width(source: Any, n_features: int, estimator: str) -> None:
    """Refuse an array, whose columns have no names, of another width than that of the training.

    Raises
    ------
    DataError
        Saying both widths.
    """
    if isinstance(source, np.ndarray) and not source.dtype.names and source.shape[1] != n_features:
        raise DataError(
            f"X has {source.shape[1]} features, but {estimator} is expecting {n_features} features as input."
        )


def with_target(table: Table, name: str, y: Any, na: tuple[str, ...]) -> Table:
    """Return the table with y as one more column.

    Raises
    ------
    DataError
        If y is not one column of as many rows as the table has.
    """
    named = _as_name(y, table)
    if named is not None:
        raise DataError(named)
    read = read_table({name: one_column(y)}, na=na, target=name)
    if len(read) != len(table):
        raise DataError(f"the data have {len(table)} rows, but y has {len(read)}.")
    return replace(table, columns={**table.columns, **read.columns}, classes=read.classes)


def as_answers(y: Any, n_rows: int) -> Any:
    """Return the answers that predictions are compared with, one column of `n_rows` cells.

    Raises
    ------
    DataError
        If y is not one answer for each row.
    """
    shape = (1,) if isinstance(y, str) else getattr(y, "shape", None) or np.shape(y)
    if isinstance(y, str) or shape not in ((n_rows,), (n_rows, 1), ()):
        what = "a name" if isinstance(y, str) else f"shape {shape}"
        raise DataError(f"y must be the {n_rows} true answers, got {what}; leave y out where the data have the target.")
    answers = one_column(y)
    if len(answers) != n_rows:
        raise DataError(f"y must be the {n_rows} true answers, got {len(answers)}.")
    return answers


def _as_name(y: Any, table: Table) -> str | None:
    """Return what is to be said of a y that names a column where its cells are expected."""
    one = y[0] if isinstance(y, list | tuple) and len(y) == 1 and len(table) != 1 else y
    if not isinstance(one, str):
        return None
    near = closest(one, table.names)
    if near == one:
        return (
            f'y must hold a target for every row, got the name {one!r}; give target="{one}" where the estimator is '
            "made, and leave y out."
        )
    guess = f", such as {near!r}" if near else ""
    return (
        f"y must hold a target for every row, got the text {one!r}, which no column is called; to name the column to "
        f"predict{guess}, give target where the estimator is made, and leave y out."
    )


def name_for(y: Any, table: Table) -> str:
    """Return a name for y that no column of the table has: its own, if it has one."""
    own = getattr(y, "name", None)
    stem = name = "target" if own is None or own == "" or callable(own) else str(own)
    while name in table.columns:
        name = f"{name} (y)" if name == stem else f"{name}'"
    return name


def same_as(table: Table, name: str) -> str | None:
    """Return the first column that holds the very cells of the target `name`, None if there is none."""
    column = table.column(name)
    for other in table.names:
        if other == name or table.column(other).kind != column.kind:
            continue
        if _same_cells(column, table.column(other)):
            return other
    return None


def _same_cells(one: Column, other: Column) -> bool:
    if one.kind != "category":
        return bool(np.array_equal(one.values, other.values, equal_nan=True))
    if len(one.values) != len(other.values) or (one.missing != other.missing).any():
        return False
    return one.cells() == other.cells()


def as_weights(sample_weight: Any, n_rows: int, dtype: Any) -> Array | None:
    """Return the weights (n_rows,) of the rows, None where all weigh the same.

    Raises
    ------
    DataError
        If they are not one finite number of 0 or more for each row, or all are zero.
    """
    if sample_weight is None:
        return None
    weights = in_precision(sample_weight, dtype)
    if weights.shape != (n_rows,):
        raise DataError(f"sample_weight must have shape ({n_rows},), got {weights.shape}.")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        row = int(np.argmin(np.isfinite(weights) & (weights >= 0)))
        raise DataError(f"every sample_weight must be finite and 0 or more; that of row {row} is {weights[row]}.")
    if not weights.any():
        raise DataError("every sample_weight is zero; no row is left to train on.")
    return weights


def weighed_by(table: Table, name: str, sample_weight: Any) -> tuple[Table, Array]:
    """Return the table without a column of weights, and its numbers.

    Raises
    ------
    UsageError
        If there are weights beside the column.
    DataError
        If there is no such column, or a cell of it is no number.
    """
    if sample_weight is not None:
        raise UsageError(f'the column "{name}" weighs the rows, and sample_weight is given too; leave one of them out.')
    column = table.column(name)
    if column.kind != "number":
        raise DataError(f'the weights in "{name}" must be numbers; the column is read as {column.kind}.')
    if column.missing.any():
        raise table.cell_error(int(np.argmax(column.missing)), name, "the weight is missing", "Fill it in.")
    return table.only(*(other for other in table.names if other != name)), np.asarray(column.values)


def copies(rows: Array, weights: Array | None) -> Array:
    """Return the rows a schema is learned from: a row whose weight is the whole number k stands there k times.

    With fractions among the weights, or more than `MOST_COPIES` rows in all, each row stands there once.
    """
    if weights is None:
        return rows
    times = weights[rows]
    if (times != np.floor(times)).any() or times.sum() > MOST_COPIES:
        return rows
    return np.repeat(rows, times.astype(np.int64))


def rows_to_score(given: Column, missing_target: str) -> Array:
    """Return the rows that have a target, among those that were predicted.

    Raises
    ------
    DataError
        If none has a target, or one has none and `missing_target` is "error".
    """
    missing = given.missing
    if missing.all() or (missing.any() and missing_target == "error"):
        n = counted(int(missing.sum()), "row")
        raise DataError(f"y has no target in {n}, row {int(np.argmax(missing))} the first; fill it in.")
    rows: Array = np.flatnonzero(~missing)
    return rows


def _is_array(data: Any) -> bool:
    if isinstance(data, str | Path | Mapping | Table) or is_frame(data) or is_series(data):
        return False
    return isinstance(data, list | tuple) or hasattr(data, "__array__")


def _without_mask(data: np.ma.MaskedArray[Any, Any]) -> Array:
    """Return an array in which a masked cell is missing."""
    if data.dtype.kind in "biuf":
        return np.ma.filled(data.astype(np.float64), np.nan)
    return np.array(data.tolist(), dtype=object)


def _check_shape(array: Array) -> None:
    if array.ndim != 2:
        raise DataError(
            f"Expected a 2D array (n_rows, n_columns), got shape {array.shape}. Reshape your data: "
            "array.reshape(-1, 1) where it is one column, array.reshape(1, -1) where it is one row."
        )
    if array.shape[1] == 0:
        raise DataError(f"0 feature(s) (shape={array.shape}) while a minimum of 1 is required.")


def _check_cells(array: Array) -> None:
    if array.dtype.kind == "c":
        raise DataError("Complex data not supported; give real and imaginary parts as columns of their own.")
    if array.dtype.kind == "O":
        for cell in array.flat:
            if hasattr(cell, "__len__") and not isinstance(cell, _PLAIN):
                raise CellTypeError(f"argument must be a string or a real number, got a cell of {type(cell).__name__}.")


def _as_array(y: Any) -> Array:
    """Return y as an array in which no cell changes: whole numbers of any size, and mixed cells, as objects."""
    array = np.asarray(y)
    if hasattr(y, "__array__") or array.ndim != 1:
        return array
    unchanged = {type(cell) for cell in y} <= _OF_KIND.get(array.dtype.kind, set())
    if array.dtype.kind == "U" and unchanged:
        unchanged = not any(cell.endswith("\0") for cell in y)  # which NumPy takes for filling
    if unchanged:
        return array
    cells = np.empty(len(array), dtype=object)
    cells[:] = list(y)
    return cells


def one_column(y: Any) -> Any:
    """Return y as one column of cells, none of which has changed.

    Raises
    ------
    DataError
        If it is complex or of several columns.
    """
    if is_series(y) or (isinstance(y, np.ma.MaskedArray) and y.ndim == 1):
        return y
    column = _as_array(y)
    if column.dtype.kind == "c":
        raise DataError("Complex data not supported as a target; choose its real part, or its size.")
    if column.ndim == 2 and column.shape[1] == 1:
        from sklearn.exceptions import DataConversionWarning

        warnings.warn(
            "A column-vector y was passed when a 1d array was expected; y.ravel() makes it one.",
            DataConversionWarning, stacklevel=5,
        )  # fmt: skip
        column = column[:, 0]
    if column.ndim != 1:
        raise DataError(
            f"y should be a 1d array (n_rows,), got shape {column.shape}; for several outputs train one model each, "
            "or use MLPRegressor or MLPClassifier."
        )
    return column
