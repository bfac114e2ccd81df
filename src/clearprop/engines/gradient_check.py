"""The gradient check of a session: the very network, parameters, rows and dropout masks it computes with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clearprop.engines.door import Array, Session
from clearprop.equations.gradient_check import STEPS, PartCheck, Probe, Vector, check_gradient
from clearprop.errors import UsageError
from clearprop.model.trace import Trace


def check_session(
    session: Session,
    X: Array,
    Y: Array,
    weights: Array | None = None,
    n_parameters: int = 20,
    n_directions: int = 3,
    seed: int = 0,
    steps: Sequence[float] = STEPS,
) -> tuple[PartCheck, ...]:
    """Compare the session's gradient with numerical derivatives of its J, one `PartCheck` for each parameter array.

    The session ends in the state it came in.

    Parameters
    ----------
    session : Session
        In float64.
    X : array (batch, n_columns)
    Y : array (batch, n_out) or class indices (batch,)
    weights : array (batch,), optional
    n_parameters, n_directions, seed, steps
        See `clearprop.equations.gradient_check.check_gradient`.

    Raises
    ------
    UsageError
        If the session computes in float32: its J has seven digits, and differences of it have none.
    """
    state = session.get_state()
    if state.parameters.dtype != np.float64:
        raise UsageError(f"a gradient check needs a float64 session, got {state.parameters.dtype}.")

    def J(w: Vector) -> Probe:
        session.set_state(replace(state, parameters=w))
        trace = session.trace(X, Y, weights)
        return Probe(trace.J, sides_of_kinks(trace))

    _, gradient = session.gradients(X, Y, weights)
    try:
        return check_gradient(
            J, gradient.vector, state.parameters, gradient.slices, n_parameters, n_directions, seed, steps
        )
    finally:
        session.set_state(state)


def sides_of_kinks(trace: Trace) -> NDArray[np.int8]:
    """Return on which side (−1, 0, 1) of each kink of J every z, every a[L] − y and every weight lies."""
    network = trace.network
    distances = [trace.a[-1] - trace.Y - kink for kink in network.objective.loss.kinks]
    for z, f in zip(trace.z, network.f, strict=True):
        distances += [z - kink for kink in f.kinks if z is not None]
    if network.objective.l1:
        distances.append(trace.parameters.vector)
    signs = [np.sign(distance).astype(np.int8).ravel() for distance in distances]
    return np.concatenate([np.zeros(0, np.int8), *signs])
