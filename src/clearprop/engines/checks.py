"""What every engine checks before it computes: rows, learning rates, states."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from clearprop.engines.door import Array, Engine, Order, State
from clearprop.engines.request import Request
from clearprop.equations.targets import as_rows, check_targets
from clearprop.errors import DataError, EngineCannot
from clearprop.model.columns import check_columns
from clearprop.model.network import Network
from clearprop.model.parameters import Parameters


def objection(engine: Engine, request: Request) -> str | None:
    """Return why this engine cannot take the request, or None if it can."""
    if missing := engine.missing():
        return missing
    reason = engine.why_not(request)
    return reason and f"the engine {engine.name!r} cannot do {reason}"


def starting_point(engine: Engine, request: Request, parameters: Parameters) -> Parameters:
    """Return a copy of the parameters in the precision asked for.

    Raises
    ------
    EngineCannot
        If the engine cannot take the request.
    """
    if against := objection(engine, request):
        raise EngineCannot(f"{against.removesuffix('.')}.")
    return parameters.over(parameters.vector.astype(request.precision.dtype))


def prepare(
    X: Array, Y: Array, weights: Array | None, network: Network, dtype: np.dtype[Any]
) -> tuple[Array, Array, Array]:
    """Return X (batch, n_columns), the target rows (batch, n_out) and the weights (batch,), each laid out row by row.

    Raises
    ------
    DataError
        If a shape does not fit, a class index is not one, or a weight is negative or not finite.
    """
    X = check_columns(X, network, dtype)
    Y = np.asarray(Y)
    if network.takes_classes and Y.ndim == 1:
        check_targets(Y, network.objective.loss, network.n_out)
    rows = target_rows(Y, network, dtype)
    w = None if weights is None else np.ascontiguousarray(weights, dtype)
    check_lengths(X, rows, w)
    return X, rows, np.ones(len(X), dtype) if w is None else w


def target_rows(Y: Array, network: Network, dtype: np.dtype[Any]) -> Array:
    """Return the targets as rows (batch, n_out) in the session's precision: themselves where they are that."""
    if Y.dtype == dtype and Y.shape[1:] == (network.n_out,):
        return np.ascontiguousarray(Y)
    return np.ascontiguousarray(as_rows(Y, network.n_out, dtype, network.takes_classes))


def check_lengths(X: Array, rows: Array, w: Array | None, only: Array | None = None) -> None:
    """Check that targets and weights, if any, are as many as the rows of X, and the weights finite and 0 or more.

    With `only`, the weights of these rows.

    Raises
    ------
    DataError
        Saying the lengths, or the first row with such a weight.
    """
    if len(rows) != len(X) or (w is not None and w.shape != (len(X),)):
        weighed = "" if w is None else f" and weights have shape {w.shape}"
        raise DataError(f"X has {len(X)} rows, but Y has {len(rows)}{weighed}.")
    if w is None:
        return
    used = w if only is None else w[only]
    good = (used >= 0) & (used < np.inf)
    if not good.all():
        first = int(np.argmin(good))
        row = first if only is None else int(only[first])
        raise DataError(f"weights must be finite and 0 or more; row {row} has {w[row]}.")


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


def check_state(state: State, slots: Collection[str], size: int) -> None:
    """Check that a state has the arrays of the session's own.

    Raises
    ------
    DataError
        If it belongs to another network or another update rule.
    """
    if state.slots.keys() != set(slots):
        raise DataError(
            f"the state must hold the optimizer's slots {sorted(slots)}, got {sorted(state.slots)}; "
            "open the session with the optimizer the state comes from."
        )
    for name, array in {"parameters": state.parameters, **state.slots}.items():
        if array.shape != (size,):
            raise DataError(f"the state's {name} must have shape {(size,)}, got {array.shape}.")
