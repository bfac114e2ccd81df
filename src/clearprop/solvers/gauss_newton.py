"""Three ways to solve (AᵀA + μ D²) p = −Aᵀ r, the step of Levenberg and Marquardt.

* `Stacked`: min ‖A p + r‖² + μ ‖D p‖² by QR of A. The condition number is that of A.
* `Normal`: the normal equations, by Cholesky. Half the work and no A in memory, but the condition number is squared.
* `Products`: conjugate gradients on products with AᵀA, which is never formed: for large networks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import scipy.linalg
from scipy.sparse.linalg import LinearOperator, cg

from clearprop.errors import UsageError
from clearprop.model import gauss_newton_diagonal, gauss_newton_product
from clearprop.solvers.least_squares import LeastSquares
from clearprop.solvers.report import ratio
from clearprop.training.rows import Array

STACKED_NUMBERS = 4_000_000  # of A, at most: 32 MB
STACKED_PARAMETERS = 1000
NORMAL_PARAMETERS = 3000
CG_STEPS = 200  # at most, for one step


class Model(Protocol):
    """The Gauss–Newton model of F at one w."""

    def step(self, mu: float, D: Array, r: Array) -> Array:
        """Return p (n_free,) of (AᵀA + μ D²) p = −Aᵀ r."""
        ...

    def lengths(self) -> Array:
        """Return the norms of the columns of A, (n_free,)."""
        ...

    def squared(self, p: Array) -> float:
        """Return ‖A p‖²."""
        ...

    def condition(self) -> float | None:
        """Return the condition number of AᵀA, or None where it is not formed."""
        ...

    def root(self) -> Array:
        """Return some (m, n_free) whose square is AᵀA. Raises UsageError where it would be too large."""
        ...


class Stacked:
    """By QR of A (n_residuals, n_free)."""

    def __init__(self, squares: LeastSquares, w: Array) -> None:
        self.A = squares.jacobian(w)
        self.Q, self.R = np.linalg.qr(self.A)

    def step(self, mu: float, D: Array, r: Array) -> Array:
        damped = np.concatenate([self.R, np.diag(np.sqrt(mu) * D)])
        right = np.concatenate([-(self.Q.T @ r), np.zeros(len(D))])
        return np.asarray(scipy.linalg.lstsq(damped, right, lapack_driver="gelsy", check_finite=False)[0])

    def lengths(self) -> Array:
        return np.asarray(np.linalg.norm(self.A, axis=0))

    def squared(self, p: Array) -> float:
        return float(np.sum((self.A @ p) ** 2))

    def condition(self) -> float | None:
        return (
            float(np.square(ratio(np.linalg.svd(self.R, compute_uv=False))))
            if len(self.R) == self.A.shape[1]
            else np.inf
        )

    def root(self) -> Array:
        return self.R


class Normal:
    """By Cholesky of AᵀA + μ D²."""

    def __init__(self, squares: LeastSquares, w: Array) -> None:
        self._squares, self._w = squares, w
        self.G = np.diag(squares.strengths)
        for _, chunk in squares.chunks(w):
            self.G += chunk.T @ chunk

    def step(self, mu: float, D: Array, r: Array) -> Array:
        damped, right = self.G + np.diag(mu * D**2), -self._squares.pull_back(self._w, r)
        try:
            return np.asarray(scipy.linalg.cho_solve(scipy.linalg.cho_factor(damped), right))
        except scipy.linalg.LinAlgError:  # μ is below the rounding of G
            return np.asarray(scipy.linalg.lstsq(damped, right)[0])

    def lengths(self) -> Array:
        return np.asarray(np.sqrt(np.diag(self.G)))

    def squared(self, p: Array) -> float:
        return float(p @ self.G @ p)

    def condition(self) -> float | None:
        return ratio(np.abs(np.linalg.eigvalsh(self.G)))

    def root(self) -> Array:
        values, vectors = np.linalg.eigh(self.G)
        return np.asarray(np.sqrt(np.maximum(values, 0))[:, None] * vectors.T)


class Products:
    """By conjugate gradients, scaled by the diagonal."""

    def __init__(self, squares: LeastSquares, w: Array) -> None:
        self._squares, self._w = squares, w
        self._trace = squares.problem.trace(w)

    def step(self, mu: float, D: Array, r: Array) -> Array:
        right = -self._squares.pull_back(self._w, r) / D
        operator = LinearOperator(
            (len(D), len(D)), matvec=lambda q: self._times(q.ravel() / D) / D + mu * q.ravel(), dtype=np.float64
        )
        return np.asarray(cg(operator, right, rtol=1e-6, maxiter=CG_STEPS)[0]) / D

    def lengths(self) -> Array:
        squares = self._squares
        diagonal = gauss_newton_diagonal(self._trace)[squares.problem.free]
        return np.asarray(np.sqrt(diagonal))

    def squared(self, p: Array) -> float:
        return float(p @ self._times(p))

    def condition(self) -> float | None:
        return None

    def root(self) -> Array:
        raise UsageError(f"the Gauss–Newton matrix of more than {NORMAL_PARAMETERS} parameters is not formed.")

    def _times(self, p: Array) -> Array:
        problem = self._squares.problem
        return gauss_newton_product(self._trace, problem.along(p))[problem.free]


def way_of(squares: LeastSquares, w: Array) -> str:
    """Return "qr", "normal" or "products": the most exact way that fits."""
    n_residuals = squares.Y.size + (w.size if squares.strengths.any() else 0)
    if w.size <= STACKED_PARAMETERS and n_residuals * w.size <= STACKED_NUMBERS:
        return "qr"
    return "normal" if w.size <= NORMAL_PARAMETERS else "products"


_MODELS: dict[str, Callable[[LeastSquares, Array], Model]] = {"qr": Stacked, "normal": Normal, "products": Products}


def model_at(squares: LeastSquares, w: Array) -> Model:
    """Return the model at w."""
    return _MODELS[way_of(squares, w)](squares, w)
