"""Columns of X: as many as the network has, and codes where it has categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.errors import DataError
from clearprop.model.inputs import Inputs
from clearprop.model.network import Network

Array = NDArray[Any]


def check_columns(X: ArrayLike, network: Network, dtype: np.dtype[Any], only: Array | None = None) -> Array:
    """Return X as (batch, n_columns) in the given precision, row after row: BLAS sums other layouts otherwise.

    Parameters
    ----------
    X : array-like (batch, n_columns)
    network : Network
    dtype : dtype
    only : int array, optional
        The rows that will be used, where they are few: the codes of all others are not looked at.

    Raises
    ------
    DataError
        If the number of columns is not the network's, or a category's code is not one of its codes.
    """
    rows = np.asarray(X, dtype=dtype, order="C")
    if rows.ndim != 2 or rows.shape[1] != network.inputs.n_columns:
        raise DataError(
            f"X must have shape (batch, {network.inputs.n_columns}), got {rows.shape}; rows are samples, "
            "and there is one column per input."
        )
    if network.inputs.categories:
        _check_codes(rows, network.inputs, only)
    return rows


def _check_codes(X: Array, inputs: Inputs, only: Array | None) -> None:
    for column, n in enumerate(inputs.categories, start=inputs.n_numeric):
        codes = X[:, column] if only is None else X[only, column]
        good = (codes >= 0) & (codes < n) & (codes == np.floor(codes))
        if not np.all(good):
            first = int(np.argmin(good))
            row = first if only is None else int(only[first])
            raise DataError(f"column {column} of X must hold the codes 0 .. {n - 1}; row {row} has {codes[first]:g}.")
