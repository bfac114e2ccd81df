"""A squared-error network as a least-squares problem, F(w) = ½ ‖r(w)‖².

::

    r = [√s_n (a[L] − y)  for every row n and output;  √λ_i w_i  for every parameter i that is penalised]
    A = ∂r/∂w
    ∂F/∂w = Aᵀ r,       AᵀA: the Gauss–Newton matrix, the second derivative of F but for terms that vanish with r

With s_n the factor of row n in D, and λ = l2, F is J but for the constant that the weights of frozen layers add to R.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clearprop.equations.objective import row_scales
from clearprop.equations.targets import as_rows
from clearprop.errors import UsageError
from clearprop.model import Parameters, Trace, joined, output_acceleration, parameter_jacobian, parameter_shapes
from clearprop.solvers.problem import Problem, penalised_parameters
from clearprop.training.rows import Array, Rows

CHUNK_NUMBERS = 4_000_000  # of the Jacobian computed at a time: 32 MB


class LeastSquares:
    """r(w) and its derivatives.

    Parameters
    ----------
    problem : Problem
    scales : array (n_rows,)
        s_n.
    strengths : array (n_free,)
        λ_i; where all are 0, r has no penalty part.
    constant : float
        J − F.
    """

    def __init__(self, problem: Problem, scales: Array, strengths: Array, constant: float = 0.0) -> None:
        network = problem.network
        self.problem, self.scales, self.strengths, self.constant = problem, scales, strengths, constant
        self.Y = as_rows(problem.rows.Y, network.n_out, np.float64, network.takes_classes)

    def residuals(self, w: Array) -> Array:
        """Return r(w), shape (n_residuals,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.stack(self.problem.outputs(w) - self.Y, w)

    def stack(self, rows: Array, w: Array) -> Array:
        """Return rows (n_rows, n_out) scaled by √s_n, and √λ w beneath, as one vector (n_residuals,)."""
        scaled = (np.sqrt(self.scales)[:, None] * rows).ravel()
        return np.concatenate([scaled, np.sqrt(self.strengths) * w]) if self.strengths.any() else scaled

    def acceleration(self, w: Array, direction: Array) -> Array:
        """Return d²r/dt² along w + t direction, shape (n_residuals,): the penalty part is straight."""
        bent = output_acceleration(self.problem.trace(w), self.problem.along(direction))
        return self.stack(bent, np.zeros_like(w))

    def pull_back(self, w: Array, r: Array) -> Array:
        """Return Aᵀ r, shape (n_free,), by one backward pass."""
        trace, n = self.problem.trace(w), self.Y.size
        upstream = np.sqrt(self.scales)[:, None] * r[:n].reshape(self.Y.shape)
        pulled = _pull_back(trace, upstream)[self.problem.free]
        return pulled + np.sqrt(self.strengths) * r[n:] if len(r) > n else pulled

    def jacobian(self, w: Array) -> Array:
        """Return A (n_residuals, n_free)."""
        blocks = [chunk for _, chunk in self.chunks(w)]
        if self.strengths.any():
            blocks.append(np.diag(np.sqrt(self.strengths)))
        return np.concatenate(blocks)

    def chunks(self, w: Array) -> Iterator[tuple[slice, Array]]:
        """Yield the data's part of A, some rows at a time: (which rows of X, (rows · n_out, n_free))."""
        step = max(1, CHUNK_NUMBERS // (self.problem.network.n_out * self.problem.free.size))
        for start in range(0, len(self.problem.rows), step):
            rows = slice(start, start + step)
            yield rows, self.jacobian_of(w, rows)

    def jacobian_of(self, w: Array, rows: slice) -> Array:
        """Return the data's part of A that some rows have, (rows · n_out, n_free)."""
        problem, network = self.problem, self.problem.network
        parameters = Parameters(parameter_shapes(network), problem.whole(w))
        chunk = parameter_jacobian(network, parameters, problem.rows.X[rows])[:, :, problem.free]
        chunk *= np.sqrt(self.scales[rows])[:, None, None]
        return np.asarray(chunk.reshape(-1, w.size))


def of_objective(problem: Problem, solver: str) -> LeastSquares:
    """Return J itself as a least-squares problem.

    Raises
    ------
    UsageError
        If J is no sum of squares.
    """
    objective = problem.network.objective
    if objective.loss.name != "squared_error" or objective.l1:
        raise UsageError(
            f'the solver "{solver}" needs the loss squared_error and l1 = 0, got {objective.loss.name!r} and '
            f'l1 = {objective.l1:g}; use "lbfgs" or "newton".'
        )
    weights = row_weights(problem.rows)
    _, l2 = objective.strengths(weights)
    counted = penalised_parameters(problem.network)
    frozen = problem.whole(problem.start())[counted & ~problem.free]
    constant = l2 / 2 * float(frozen @ frozen)
    return LeastSquares(problem, row_scales(weights, objective.reduction), l2 * counted[problem.free], constant)


def row_weights(rows: Rows) -> Array:
    """Return w_n, in float64."""
    weights = rows.weights
    return np.ones(len(rows)) if weights is None else np.asarray(weights, np.float64)


def _pull_back(trace: Trace, upstream: Array) -> Array:
    """Return Σ_n upstream_n ∂a[L]_n/∂θ, shape (n,)."""
    delta_L = trace.network.f[-1].pullback(trace.z[-1], trace.a[-1], upstream)
    return joined(trace.network, trace.pull_back(delta_L))
