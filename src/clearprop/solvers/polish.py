"""The last steps to a minimum: Newton's, judged by the gradient.

Near a minimum J changes with the square of the distance, so its last digit is lost where the gradient still has half of
its own: a line search on J stops at a gradient of about √(rounding), 1e-8. The gradient itself sees further.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse.linalg import LinearOperator, minres

from clearprop.solvers.problem import Problem
from clearprop.training.rows import Array

N_STEPS = 20
ROUNDING = 1e-10  # relative increase of J that counts as none


def polish(problem: Problem, w: Array, note: Callable[[Array], str | None]) -> str:
    """Take Newton steps that lower the gradient's norm; return why they ended, "line search" where none does."""
    for _ in range(N_STEPS):
        moved = _step(problem, w)
        if moved is None:
            break
        w = moved
        stopped = note(w)
        if stopped:
            return stopped
    return "line search"


def _step(problem: Problem, w: Array) -> Array | None:
    """Return where a Newton step leads, the whole or a part of it; None if no part of it helps."""
    J, g = problem.value_and_gradient(w)
    hessian = LinearOperator((w.size, w.size), matvec=lambda p: problem.hessian_times(w, p.ravel()), dtype=np.float64)
    p = minres(hessian, -g, rtol=1e-6, maxiter=min(2 * w.size, 300))[0]
    for share in (1.0, 0.5, 0.25, 0.125):
        new_J, new_g = problem.value_and_gradient(w + share * p)
        if np.linalg.norm(new_g) < 0.9 * np.linalg.norm(g) and new_J <= J + ROUNDING * abs(J):
            return np.asarray(w + share * p)
    return None
