"""Levenberg–Marquardt for squared-error networks (Levenberg 1944; Marquardt 1963; Hagan and Menhaj 1994).

With r, A as in `least_squares`, every step solves::

    (AᵀA + μ D²) p = −Aᵀ r          D: the largest norm each column of A has had (Moré 1978)
    (AᵀA + μ D²) q = −Aᵀ r″         r″ = d²r/dt² along w + t p
    w ← w + p + ½ q                 if ‖D q‖ ≤ 0.75 · ‖D p‖ and F falls

½ q is the geodesic acceleration (Transtrum and Sethna 2012): it bends the step along the curved valley that a network's
F is, where the straight p would soon leave it. The damping μ follows the gain ratio ϱ of the true to the predicted
decrease (Nielsen 1999): μ ← μ max(1/3, 1 − (2ϱ − 1)³) after a step that helps, μ ← μ ν, ν ← 2ν after one that does not.
"""

from __future__ import annotations

import numpy as np

from clearprop.solvers.cost import tell_of_cost
from clearprop.solvers.gauss_newton import Model, model_at
from clearprop.solvers.least_squares import LeastSquares, of_objective
from clearprop.solvers.limits import Limits, Watch
from clearprop.solvers.problem import Problem
from clearprop.solvers.report import SolverReport
from clearprop.training.rows import Array

FIRST_DAMPING = 1e-3
LARGEST_DAMPING = 1e30
BEND = 0.75


class Damping:
    """μ and its factor ν."""

    def __init__(self) -> None:
        self.value, self.growth = FIRST_DAMPING, 2.0

    def relax(self, gain: float) -> None:
        """Lower μ after a step with this gain ratio."""
        self.value = max(self.value * max(1 / 3, 1 - (2 * gain - 1) ** 3), 1e-300)
        self.growth = 2.0

    def tighten(self) -> None:
        """Raise μ after a step that did not help."""
        self.value *= self.growth
        self.growth *= 2


class Descent:
    """Where a Levenberg–Marquardt run stands.

    Attributes
    ----------
    w, r, g : array
        Parameters, residuals and gradient of F.
    F : float
    model : Model
        The Gauss–Newton model at w.
    """

    def __init__(self, squares: LeastSquares, w: Array) -> None:
        self.damping = Damping()
        self.restart(squares, w)

    @property
    def J(self) -> float:
        """F, and what it leaves out of J."""
        return self.F + self.squares.constant

    def restart(self, squares: LeastSquares, w: Array) -> None:
        """Go on from w under a changed F."""
        self.squares, self._D = squares, np.zeros_like(w)
        self._move(w, squares.residuals(w))

    def advance(self) -> bool:
        """Take one step that lowers F; return whether there is one."""
        lengths = self.model.lengths()
        self._D = np.maximum(self._D, np.maximum(lengths, 1e-10 * (lengths.max() or 1.0)))
        while self.damping.value < LARGEST_DAMPING:
            p = self.model.step(self.damping.value, self._D, self.r)
            if np.linalg.norm(p) <= 1e-16 * np.linalg.norm(self.w):
                return False
            if self._try(p):
                return True
            self.damping.tighten()
        return False

    def _try(self, p: Array) -> bool:
        """Go to w + p + ½ q if F is lower there."""
        bent = self.squares.acceleration(self.w, p)
        if not np.isfinite(bent).all():
            return False
        q = self.model.step(self.damping.value, self._D, bent)
        if np.linalg.norm(self._D * q) > BEND * np.linalg.norm(self._D * p):
            return False
        w = self.w + p + q / 2
        r = self.squares.residuals(w)
        F = float(r @ r) / 2
        if not F < self.F:
            return False
        predicted = -float(self.g @ p) - self.model.squared(p) / 2
        self.damping.relax((self.F - F) / predicted if predicted > 0 else 1.0)
        self._move(w, r)
        return True

    def _move(self, w: Array, r: Array) -> None:
        self.w, self.r, self.F = w, r, float(r @ r) / 2
        self.g = self.squares.pull_back(w, r)
        self.model: Model = model_at(self.squares, w)


def levenberg_marquardt(problem: Problem, limits: Limits, watch: Watch) -> SolverReport:
    """Minimise a squared-error objective.

    Raises
    ------
    UsageError
        If the objective is not a sum of squares.
    """
    squares, start = of_objective(problem, "lm"), problem.start()
    tell_of_cost(squares, start, "lm")
    descent, losses, stopped = Descent(squares, start), [], None
    while stopped is None:
        if np.max(np.abs(descent.g)) <= limits.gradient:
            stopped = "converged"
            break
        before = descent.J
        if not descent.advance():
            stopped = "precision"
            break
        losses.append(descent.J)
        stopped = watch(descent.w, descent.J, float(np.linalg.norm(descent.g)))
        if limits.value and before - descent.J <= limits.value * before:
            stopped = stopped or "value"
        stopped = stopped or limits.reached(len(losses), problem.n_evaluations)
    problem.move_to(descent.w)
    return SolverReport(
        solver="lm", stopped=stopped, n_iterations=len(losses), n_evaluations=problem.n_evaluations,
        losses=tuple(losses), J=descent.J, gradient_norm=float(np.linalg.norm(descent.g)),
        condition=descent.model.condition(),
    )  # fmt: skip
