"""What every engine checks before it computes: rows, learning rates, states."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines.door import Array, Order, State
from clearprop.equations.targets import as_rows, check_targets
from clearprop.errors import DataError
from clearprop.model.network import Inputs, Network


def check_columns(X: Array, network: Network, dtype: np.dtype[Any]) -> Array:
    """Return X as (batch, n_columns) in the session's precision.

    Raises
    ------
    DataError
        If the number of columns is not the network's, or a category's code is not one of its codes.
    """
    X = np.asarray(X, dtype=dtype)
    if X.ndim != 2 or X.shape[1] != network.inputs.n_columns:
        raise DataError(
            f"X must have shape (batch, {network.inputs.n_columns}), got {X.shape}; rows are samples, "
            "and there is one column per input."
        )
    if network.inputs.categories:
        _check_codes(X, network.inputs)
    return X


def prepare(
    X: Array, Y: Array, weights: Array | None, network: Network, dtype: np.dtype[Any]
) -> tuple[Array, Array, Array]:
    """Return X (batch, n_columns), the target rows (batch, n_out) and the weights (batch,).

    Raises
    ------
    DataError
        If a shape does not fit, a class index is not one, or a weight is negative or not a number.
    """
    X = check_columns(X, network, dtype)
    Y = np.asarray(Y)
    if network.takes_classes and Y.ndim == 1:
        check_targets(Y, network.objective.loss, network.n_out)
    rows = as_rows(Y, network.n_out, dtype, network.takes_classes)
    w = None if weights is None else np.asarray(weights, dtype)
    check_lengths(X, rows, w)
    return X, rows, np.ones(len(X), dtype) if w is None else w


def check_lengths(X: Array, rows: Array, w: Array | None) -> None:
    """Check that targets and weights, if any, are as many as the rows of X, and the weights 0 or more.

    Raises
    ------
    DataError
        Saying the lengths, or the first row with such a weight.
    """
    if len(rows) != len(X) or (w is not None and w.shape != (len(X),)):
        weighed = "" if w is None else f" and weights have shape {w.shape}"
        raise DataError(f"X has {len(X)} rows, but Y has {len(rows)}{weighed}.")
    if w is not None and not (w >= 0).all():
        row = int(np.argmin(w >= 0))
        raise DataError(f"weights must be 0 or more; row {row} has {w[row]}.")


def check_learning_rates(learning_rates: Array, order: Order) -> Array:
    """Return the learning rates as a float64 array (len(order),).

    Raises
    ------
    DataError
        If there is not one for every step.
    """
    learning_rates = np.asarray(learning_rates, np.float64)
    if learning_rates.shape != (len(order),):
        raise DataError(
            f"an order of {len(order)} steps needs one learning rate for each, got shape {learning_rates.shape}."
        )
    return learning_rates


def check_state(state: State, expected: State) -> None:
    """Check that a state has the arrays of the session's own.

    Raises
    ------
    DataError
        If it belongs to another network or another update rule.
    """
    if set(state.slots) != set(expected.slots):
        raise DataError(
            f"the state must hold the optimizer's slots {sorted(expected.slots)}, got {sorted(state.slots)}; "
            "open the session with the optimizer the state comes from."
        )
    length = expected.parameters.shape
    for name, array in {"parameters": state.parameters, **state.slots}.items():
        if array.shape != length:
            raise DataError(f"the state's {name} must have shape {length}, got {array.shape}.")


def _check_codes(X: Array, inputs: Inputs) -> None:
    for column, n in enumerate(inputs.categories, start=inputs.n_numeric):
        codes = X[:, column]
        good = (codes >= 0) & (codes < n) & (codes == np.floor(codes))
        if not np.all(good):
            row = int(np.argmin(good))
            raise DataError(f"column {column} of X must hold the codes 0 .. {n - 1}; row {row} has {codes[row]:g}.")
