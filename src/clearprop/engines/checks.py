"""What every engine checks beside the rows: requests, learning rates, states."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from clearprop.engines.door import Array, Engine, Order, State
from clearprop.engines.request import Request
from clearprop.errors import DataError, EngineCannot
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


def check_learning_rates(learning_rates: Array, order: Order) -> Array:
    """Return the learning rates as a float64 array (len(order),).

    Raises
    ------
    DataError
        If there is not one for every step, or one is not finite.
    """
    learning_rates = np.asarray(learning_rates, np.float64)
    if learning_rates.shape != (len(order),):
        raise DataError(
            f"an order of {len(order)} steps needs one learning rate for each, got shape {learning_rates.shape}."
        )
    if not np.isfinite(learning_rates).all():
        raise DataError(f"learning rates must be finite, got {learning_rates[~np.isfinite(learning_rates)][0]}.")
    return np.require(learning_rates, requirements=("C", "A"))


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
