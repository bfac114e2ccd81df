"""Trace a batch: one forward and backward pass, looked at and not learned from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from clearprop.engines import REFERENCE, open_session
from clearprop.equations.targets import check_targets
from clearprop.model.names import Names
from clearprop.model.network import Network, check_network
from clearprop.model.parameters import Parameters
from clearprop.model.trace import Trace


def trace(
    network: Network,
    parameters: Parameters,
    X: ArrayLike,
    Y: ArrayLike,
    weights: ArrayLike | None = None,
    seed: int = 0,
    engine: str = REFERENCE,
    names: Names | None = None,
) -> Trace:
    """Compute every array of one batch, forward and backward. The parameters stay as they are.

    Parameters
    ----------
    network : Network
    parameters : Parameters
    X : array (batch, n_columns)
    Y : array (batch, n_out), or (batch,) class indices
    weights : array (batch,), optional
        Sample weights.
    seed : int
        Of the dropout masks.
    engine : str
        Who computes; the reference if left out.
    names : Names, optional
        What the columns of a[0], the outputs and the rows stand for.

    Returns
    -------
    Trace
        Print it for a table; ``trace["delta2"]`` is one array, ``trace.arrays()`` all of them.

    Raises
    ------
    DataError
        If a shape or a number of names does not fit, or a target is none that the loss has a meaning for.
    UsageError
        If `network` is none.

    Examples
    --------
    >>> from clearprop import mlp
    >>> from clearprop.model import from_arrays
    >>> network = mlp(2, 1, output="sigmoid")
    >>> parameters = from_arrays(network, {"W1": [[1.0], [-1.0]], "b1": [0.5]})
    >>> found = trace(network, parameters, [[1.0, 1.5]], [[1.0]])
    >>> float(found["z1"][0, 0]), float(found["delta1"][0, 0])
    (0.0, -0.5)
    """
    check_network(network)
    names = names or Names()
    check_targets(np.asarray(Y), network.objective.loss, network.n_out)
    session = open_session(network, parameters, seed=seed, engine=engine)
    found = session.trace(np.asarray(X), np.asarray(Y), None if weights is None else np.asarray(weights))
    names.check(network, len(found.X))
    return replace(found, names=names)
