"""Labels that scikit-learn's interface takes: numbers, text and booleans; all else is refused in one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Number
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.sources.libraries import is_polars, is_pyarrow

_MOMENTS = ("Datetime", "Duration", "Binary", "timestamp", "duration", "time64", "time32", "binary")
_CURE = "MLPClassifier takes numbers, text and booleans; TableClassifier also takes dates, times, durations and bytes."


def plain_labels(y: Any) -> Any:
    """Return y as scikit-learn can look at it.

    Raises
    ------
    DataError
        If its labels are of different types, which would become one, or of a type that a model file cannot hold.
    """
    if is_polars(y) and type(y.dtype).__name__ in ("Int128", "UInt128"):
        return _of_objects(y.to_list())
    dtype = y.type if is_pyarrow(y) else getattr(y, "dtype", None)
    kind = getattr(dtype, "kind", "")
    if kind in ("M", "m", "S") or str(dtype).startswith(_MOMENTS):
        raise DataError(f"Unknown label type: {dtype}. {_CURE}")
    if isinstance(dtype, np.dtype) and kind == "T":
        return y.astype(object)
    if isinstance(y, list | tuple) or kind == "O":
        _check(y)
    return y


def _of_objects(cells: list[Any]) -> Any:
    fits = all(cell is not None and -(2**63) <= cell < 2**63 for cell in cells)
    if not fits:
        raise DataError(f"Unknown label type: whole numbers of more than 64 bits. {_CURE}")
    return np.array(cells, dtype=np.int64)


def _check(y: Iterable[Any]) -> None:
    if getattr(y, "ndim", 1) != 1 or any(isinstance(cell, np.ndarray | list | tuple) for cell in y):
        return  # several labels a row
    one_of = {type(cell): cell for cell in y if cell is not None and cell == cell}
    text = [cell for kind, cell in one_of.items() if issubclass(kind, str)]
    rest = [cell for kind, cell in one_of.items() if not issubclass(kind, str)]
    if text and rest:
        shown = " and ".join(f"{cell!r} ({type(cell).__name__})" for cell in (rest[0], text[0]))
        raise DataError(
            f"the labels are of different types, such as {shown}; make them one, for example text by str()."
        )
    if any(str.endswith(cell, "\0") for cell in y if isinstance(cell, str)):
        raise DataError(f"a label ends with a NUL, which NumPy cuts off. {_CURE}")
    strange = [cell for cell in rest if not isinstance(cell, Number | np.generic)]
    strange += [cell for cell in rest if isinstance(cell, np.datetime64 | np.timedelta64 | np.bytes_)]
    if strange:
        raise DataError(f"Unknown label type: {type(strange[0]).__name__}. {_CURE}")
