"""Rows in the precision that a network computes in: what that cannot hold is said, not computed with."""

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
