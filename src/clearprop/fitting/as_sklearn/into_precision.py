"""Rows and targets in the precision that a network computes in: what that cannot hold is said, not computed with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import csr_array, issparse

from clearprop.errors import DataError

Array = NDArray[Any]


def rows_into(X: Array | csr_array, dtype: DTypeLike) -> Array | csr_array:
    """Return rows in a precision.

    Raises
    ------
    DataError
        If a number is beyond it.
    """
    if X.dtype == dtype:
        return X
    with np.errstate(all="ignore"):
        cast = X.astype(dtype)
    numbers = cast.data if issparse(cast) else cast
    if not np.isfinite(numbers).all():
        raise DataError(
            f"X contains infinity or a value too large for {np.dtype(dtype)}, in which this network computes; scale "
            'the columns, or train with precision="float64".'
        )
    return cast


def targets_into(Y: Array, dtype: DTypeLike) -> Array:
    """Return targets in a precision; class indices stay as they are.

    Raises
    ------
    DataError
        If the largest is beyond it, or so small that it has no digits for any.
    """
    if Y.dtype == dtype or Y.dtype.kind == "i" or not Y.size:
        return Y
    with np.errstate(all="ignore"):
        cast: Array = Y.astype(dtype)
        sizes = np.abs(Y).reshape(len(Y), -1).max(axis=1)
    row, room = int(sizes.argmax()), np.finfo(np.dtype(dtype))
    if 0 < sizes[row] < float(room.tiny) or sizes[row] > float(room.max):
        raise DataError(
            f"the target of row {row}, the largest, is {sizes[row]:g}, which {room.dtype} cannot hold; scale the "
            'targets, or pass precision="float64".'
        )
    return cast
