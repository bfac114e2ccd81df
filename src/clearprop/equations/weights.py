"""Weights of rows in some precision: what their sums would leave is refused, with the weight named."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from clearprop.errors import DataError

Array = NDArray[np.floating[Any]]

MARGIN = 1e6
"""By how much a weight may grow on the way to a sum of losses."""


def in_precision(weights: ArrayLike, dtype: DTypeLike, name: str = "sample_weight") -> Array:
    """Return weights (n_rows,) in some precision; those that it has no room for become 0 only beside much larger ones.

    Raises
    ------
    DataError
        If a weight is so large that sums leave the precision, or the largest so small that nothing is left of any.
    """
    given = np.asarray(weights)
    if given.dtype.kind not in "biuf" or not given.size:
        return given.astype(dtype)
    largest, row, room = float(given.max()), int(given.argmax()), np.finfo(np.dtype(dtype))
    if not np.isfinite(largest):
        return given.astype(dtype)
    if largest > float(room.max) / MARGIN / len(given):
        raise DataError(
            f"{name} of row {row} is {largest:g}: sums of such weights leave {room.dtype}; divide all weights by "
            f"{largest:g}: only their ratios count."
        )
    if 0 < largest < float(room.tiny) * MARGIN:
        raise DataError(
            f"{name} of row {row}, the largest, is {largest:g}: {room.dtype} has no digits left for it; divide all "
            f"weights by {largest:g}: only their ratios count."
        )
    with np.errstate(all="ignore"):
        return given.astype(dtype)


def with_classes(weights: Array | None, by_class: ArrayLike | None, dtype: DTypeLike) -> Array | None:
    """Return the weights of rows times those of their classes; None where all weigh the same.

    Raises
    ------
    DataError
        As `in_precision` does.
    """
    if by_class is None:
        return weights
    balance = in_precision(by_class, dtype, "class_weight")
    return balance if weights is None else in_precision(weights * balance, dtype, "the weight")
