"""What every engine does to a batch before it computes."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines.door import Array
from clearprop.equations.targets import as_rows
from clearprop.errors import DataError
from clearprop.model.network import Network


def check_columns(X: Array, network: Network, dtype: np.dtype[Any]) -> Array:
    """Return X as (batch, n_columns) in the session's precision.

    Raises
    ------
    DataError
        If the number of columns is not the network's.
    """
    X = np.asarray(X, dtype=dtype)
    if X.ndim != 2 or X.shape[1] != network.inputs.n_columns:
        raise DataError(
            f"X must have shape (batch, {network.inputs.n_columns}), got {X.shape}; rows are samples, "
            "and there is one column per input."
        )
    return X


def prepare(
    X: Array, Y: Array, weights: Array | None, network: Network, dtype: np.dtype[Any]
) -> tuple[Array, Array, Array]:
    """Return X (batch, n_columns), the target rows (batch, n_out) and the weights (batch,).

    Raises
    ------
    DataError
        If a shape does not fit.
    """
    X = check_columns(X, network, dtype)
    rows = as_rows(np.asarray(Y), network.n_out, dtype, network.takes_classes)
    w = np.ones(len(X), dtype) if weights is None else np.asarray(weights, dtype)
    if len(rows) != len(X) or w.shape != (len(X),):
        raise DataError(f"X has {len(X)} rows, but Y has {len(rows)} and weights have shape {w.shape}.")
    return X, rows, w
