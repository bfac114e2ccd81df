"""Targets in the precision that a network computes in: what that cannot hold is said, not learned."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from clearprop.errors import DataError

Array = NDArray[Any]


def targets_into(Y: Array, dtype: DTypeLike) -> Array:
    """Return targets in a precision; class indices stay as they are.

    Raises
    ------
    DataError
        If the largest is beyond it, or so small that it has no digits for any.
    """
    row = beyond(Y, dtype)
    if row is not None:
        largest = np.abs(Y[row]).max()
        raise DataError(
            f"the target of row {row}, the largest, is {largest:g}, which {np.dtype(dtype)} cannot hold; scale the "
            'targets, or pass precision="float64".'
        )
    with np.errstate(all="ignore"):
        return Y if Y.dtype.kind == "i" else Y.astype(dtype, copy=False)


def beyond(Y: Array, dtype: DTypeLike) -> int | None:
    """Return the row of the largest target where a precision has no digits for it, None where it has."""
    if Y.dtype == dtype or Y.dtype.kind != "f" or not Y.size:
        return None
    sizes, room = np.abs(Y).reshape(len(Y), -1).max(axis=1), np.finfo(np.dtype(dtype))
    row = int(sizes.argmax())
    return row if 0 < sizes[row] < float(room.tiny) or sizes[row] > float(room.max) else None
