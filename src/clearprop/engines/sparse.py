"""Rows that are nearly empty, multiplied as they are: what a dense product would do is nearly all zeros times weights.

Where it pays, the first layer's two products are SciPy's and all else is NumPy's; to rounding it is what an engine
does with the same rows made dense.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.engines.batches import targets
from clearprop.engines.door import Along, Array, Order, Session, State, Steps
from clearprop.engines.request import Request
from clearprop.engines.sharding.shards import Share
from clearprop.engines.stepping import Stepper
from clearprop.equations import backprop
from clearprop.equations.dropout import dropout_masks
from clearprop.equations.objective import output_delta, row_losses, row_scales
from clearprop.equations.optimizers import Rule
from clearprop.equations.slots import as_lists, by_name, join, split
from clearprop.equations.step import penalise
from clearprop.equations.targets import as_rows
from clearprop.model.network import Network
from clearprop.model.parameters import Parameters
from clearprop.model.trace import Trace

FEWEST_COLUMNS, LARGEST_SHARE = 1000, 0.05
"""Of rows for which it pays: fewer columns, or more of them filled, are faster in an engine."""


def pays(X: Any, request: Request) -> bool:
    """Return whether rows in CSR are better multiplied as they are."""
    rounded, first = request.precision.rounds_products, request.network.layers[0].dropout
    plain = not request.network.inputs.categories and request.network.inputs.n_columns == request.network.sizes[0]
    few = X.shape[1] >= FEWEST_COLUMNS and X.nnz <= LARGEST_SHARE * X.shape[0] * X.shape[1]
    return few and plain and not rounded and not first and request.device is None and request.shards is None


@np.errstate(all="ignore")
def predict_sparse(network: Network, parameters: Parameters, X: Any) -> Array:
    """Return a[L] (batch, n_out) of rows X in CSR."""
    W, b = as_lists(network.slots, parameters)
    _, a = backprop.forward(X.astype(parameters.vector.dtype), W, b, network.f, [None] * len(W))
    return np.asarray(a[-1])


class SparseSession:
    """A session whose steps may be taken on rows in CSR; with rows of any other kind it is the session inside.

    Parameters
    ----------
    inside : Session
        Has the state between two calls, and answers all else.
    request : Request
    parameters : Parameters
        Like those of the session inside.
    seed : int
        Of the dropout masks.
    """

    def __init__(self, inside: Session, request: Request, parameters: Parameters, seed: int) -> None:
        self._inside, self._request, self._seed = inside, request, seed
        self._dtype = request.precision.dtype
        self._names = parameters.over(parameters.vector.astype(self._dtype))

    @property
    def rounding(self) -> float:
        return self._inside.rounding

    def predict(self, X: Any) -> Array:
        if not hasattr(X, "tocsr"):
            return self._inside.predict(X)
        return predict_sparse(self._request.network, self._names.over(self.get_state().parameters), X)

    def trace(self, X: Array, Y: Array, weights: Array | None = None) -> Trace:
        return self._inside.trace(X, Y, weights)

    def gradients(self, X: Array, Y: Array, weights: Array | None = None) -> tuple[float, Parameters]:
        return self._inside.gradients(X, Y, weights)

    def run(self, X: Any, Y: Array, weights: Array | None, order: Order, learning_rates: Array) -> Steps:
        if not hasattr(X, "tocsr"):
            return self._inside.run(X, Y, weights, order, learning_rates)
        network = self._request.network
        batches = _Batches(network, self._seed, X, targets(Y, network, self._dtype, order.rows), weights)
        with np.errstate(all="ignore"):
            if isinstance(self._inside, Along) and _looks_at_w(self._request.rule):
                return self._inside.run_along(batches.share, order, learning_rates)
            return self._run_in_numpy(batches, order, learning_rates)

    def _run_in_numpy(self, batches: _Batches, order: Order, learning_rates: Array) -> Steps:
        stepper = Stepper(self._request, self._names)
        stepper.set_state(self.get_state())
        try:
            return stepper.run(lambda point, rows: batches.evaluate(point, rows, stepper.step), order, learning_rates)
        finally:
            self.set_state(stepper.get_state())

    def get_state(self) -> State:
        return self._inside.get_state()

    def set_state(self, state: State) -> None:
        self._inside.set_state(state)


@dataclass(frozen=True, eq=False)
class _Batches:
    """Batches of rows in CSR, and what J is of them: the order of `clearprop.equations.step.evaluate`."""

    network: Network
    seed: int
    X: Any
    Y: Array
    weights: Array | None

    def share(self, point: Array, rows: Array, step: int) -> tuple[Share, float]:
        """Return D of a batch and its gradient at a point, and the batch's weight."""
        weights = self._weights(point, rows)
        D, gradients = self._pass(split(self.network.slots, point), rows, weights, step)
        return Share(D, join(self.network.slots, gradients)), float(weights.sum(dtype=np.float64))

    def evaluate(self, point: Array, rows: Array, step: int) -> tuple[Any, Any, Array]:
        """Return J, R and ∂J/∂w."""
        weights, arrays = self._weights(point, rows), split(self.network.slots, point)
        D, gradients = self._pass(arrays, rows, weights, step)
        R, gradients = penalise(self.network, arrays, weights, gradients)
        return D + R, R, join(self.network.slots, gradients)

    def _weights(self, point: Array, rows: Array) -> Array:
        return np.ones(len(rows), point.dtype) if self.weights is None else self.weights[rows].astype(point.dtype)

    def _pass(self, arrays: dict[str, Array], rows: Array, weights: Array, step: int) -> tuple[float, dict[str, Array]]:
        """Go forward and backward, with dW[1] = Xᵀ delta[1] of CSR; return D and its gradient by name."""
        network, dtype = self.network, weights.dtype
        X = self.X[rows].astype(dtype, copy=False)
        Y = as_rows(self.Y[rows], network.n_out, dtype, network.takes_classes)
        W, b = as_lists(network.slots, arrays)
        rates = [layer.dropout for layer in network.layers]
        masks = dropout_masks(self.seed, step, network.sizes, rates, len(rows), dtype)
        z, a = backprop.forward(X, W, b, network.f, masks)
        loss, last = network.objective.loss, network.f[-1]
        scales = row_scales(weights, network.objective.reduction)
        delta_L = output_delta(loss, last, z[-1], a[-1], Y, scales)
        delta = backprop.backward(delta_L, z, a, W, network.f, masks)
        dW, db = backprop.gradients(a[1:], delta[1:], b[1:], masks[1:])
        first = None if b[1] is None else delta[1].sum(axis=0)
        gradients = by_name(network.slots, [None, X.T @ delta[1], *dW[1:]], [None, first, *db[1:]], {})
        return float(np.sum(scales * row_losses(loss, last, z[-1], a[-1], Y), dtype=np.float64)), gradients


def _looks_at_w(rule: Rule) -> bool:
    """Return whether a rule takes the gradient at the parameters."""
    return type(rule).gradient_point is Rule.gradient_point
