"""Exact derivatives of a network on given rows: Jacobians, the rows that pull hardest, products with curvature.

The mathematics is in `clearprop.equations.r_operator` and `clearprop.equations.sensitivities`; here a network, its
parameters and some rows are enough. Dropout is left out: these are derivatives of the network that predicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop import model
from clearprop.engines.tracing import trace
from clearprop.model import Network, Parameters, Trace, from_arrays, input_jacobian, without_dropout

__all__ = ["gauss_newton_product", "hessian_product", "input_jacobian", "row_gradient_norms", "rows_that_pull_hardest"]

Array = NDArray[Any]
Direction = Mapping[str, ArrayLike]


def row_gradient_norms(network: Network, parameters: Parameters, X: Array, Y: Array) -> Array:
    """Return how hard each row pulls at the weights: the norm of the gradient of its loss by all parameters.

    Parameters
    ----------
    network : Network
    parameters : Parameters
    X : array (batch, n_columns)
    Y : array (batch, n_out) or class indices (batch,)

    Returns
    -------
    array (batch,)
        ‖∂ℓ_n/∂θ‖, neither weighted nor averaged, the penalty left out.

    See Also
    --------
    clearprop.model.row_gradients : the gradients themselves.
    """
    return model.row_gradient_norms(_trace(network, parameters, X, Y))


def rows_that_pull_hardest(network: Network, parameters: Parameters, X: Array, Y: Array, n: int = 10) -> Array:
    """Return the n rows with the largest gradients, the largest first: where to look for wrong labels.

    Parameters
    ----------
    network, parameters, X, Y
        As in `row_gradient_norms`.
    n : int
        How many rows.

    Returns
    -------
    int array (min(n, batch),)
    """
    rows: Array = np.argsort(-row_gradient_norms(network, parameters, X, Y), kind="stable")[:n]
    return rows


def hessian_product(
    network: Network, parameters: Parameters, X: Array, Y: Array, direction: Direction, weights: Array | None = None
) -> Parameters:
    """Return ∂²J/∂θ² times a direction, without forming the Hessian (Pearlmutter 1994).

    Parameters
    ----------
    network : Network
    parameters : Parameters
    X : array (batch, n_columns)
    Y : array (batch, n_out) or class indices (batch,)
    direction : mapping of str to array
        One array for every parameter, such as a gradient.
    weights : array (batch,), optional

    Returns
    -------
    Parameters
        Named as the parameters are; the penalty's part included.

    Raises
    ------
    DataError
        If the direction lacks a parameter or a shape differs.
    """
    found = _trace(network, parameters, X, Y, weights)
    return Parameters(parameters.shapes, model.hessian_product(found, from_arrays(network, direction).vector))


def gauss_newton_product(
    network: Network, parameters: Parameters, X: Array, Y: Array, direction: Direction, weights: Array | None = None
) -> Parameters:
    """Return the generalised Gauss–Newton matrix times a direction (Schraudolph 2002).

    Parameters
    ----------
    network, parameters, X, Y, direction, weights
        As in `hessian_product`.

    Returns
    -------
    Parameters
        Named as the parameters are; see `clearprop.model.gauss_newton_product` for what is multiplied.
    """
    found = _trace(network, parameters, X, Y, weights)
    return Parameters(parameters.shapes, model.gauss_newton_product(found, from_arrays(network, direction).vector))


def _trace(network: Network, parameters: Parameters, X: Array, Y: Array, weights: Array | None = None) -> Trace:
    return trace(without_dropout(network), parameters, X, Y, weights)
