"""Solvers for any smooth J: SciPy's, given exact gradients and, for Newton's method, exact Hessian-vector products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize

from clearprop.solvers.compiled import compiled_step, take_steps
from clearprop.solvers.limits import Limits, Watch
from clearprop.solvers.polish import polish
from clearprop.solvers.problem import Problem, same
from clearprop.solvers.report import SolverReport, hessian_condition
from clearprop.training.rows import Array

_scipy_minimize: Any = scipy.optimize.minimize  # its overloads do not know `hessp` beside a gradient in `fun`

STALLED = 30  # rejected steps in a row; the trust region has shrunk by 4 each time


def lbfgs(problem: Problem, limits: Limits, watch: Watch) -> SolverReport:
    """Limited-memory BFGS (Liu and Nocedal 1989), SciPy's L-BFGS-B."""
    step = compiled_step()
    if step is not None:
        journal = _Journal(problem, limits, watch)
        start, evaluate = journal.w, problem.value_and_gradient
        return _conclude(
            "lbfgs", journal, lambda: take_steps(step, evaluate, start, limits.gradient, journal.note_or_stop)
        )
    return _minimise("lbfgs", "L-BFGS-B", problem, limits, watch, {"maxfun": 10**15, "ftol": 0.0})


def conjugate_gradient(problem: Problem, limits: Limits, watch: Watch) -> SolverReport:
    """Nonlinear conjugate gradients (Polak and Ribière 1969), SciPy's CG."""
    return _minimise("cg", "CG", problem, limits, watch, {})


def newton(problem: Problem, limits: Limits, watch: Watch) -> SolverReport:
    """Newton's method in a trust region, each step by conjugate gradients on exact Hessian-vector products.

    Steihaug 1983; SciPy's trust-ncg. The Hessian is never formed.
    """

    def curvature(w: Array, direction: Array) -> Array:
        found = problem.hessian_times(w, direction)
        if not np.isfinite(found).all():
            raise _Stop("line search")
        return found

    return _minimise("newton", "trust-ncg", problem, limits, watch, {}, hessp=curvature)


def _minimise(
    name: str, method: str, problem: Problem, limits: Limits, watch: Watch, options: dict[str, Any], **more: Any
) -> SolverReport:
    journal = _Journal(problem, limits, watch)

    def callback(intermediate_result: scipy.optimize.OptimizeResult) -> None:
        journal.note_or_stop(intermediate_result.x)

    options |= {"maxiter": 10**9, "gtol": limits.gradient}

    def search() -> None:
        _scipy_minimize(
            problem.value_and_gradient, journal.w, jac=True, method=method, options=options, callback=callback, **more
        )

    return _conclude(name, journal, search)


def _conclude(name: str, journal: _Journal, search: Callable[[], None]) -> SolverReport:
    """Search, polish what a line search could not better, and report."""
    problem, limits = journal.problem, journal.limits
    try:
        search()
        stopped = journal.reached(np.inf) or "line search"
    except _Stop as stop:
        stopped = str(stop)
    if stopped == "line search":
        stopped = polish(problem, journal.w, journal.note)
    problem.move_to(journal.w)
    return SolverReport(
        solver=name, stopped=stopped, n_iterations=len(journal.losses), n_evaluations=problem.n_evaluations,
        losses=tuple(journal.losses), J=journal.J, gradient_norm=float(np.linalg.norm(journal.g)),
        condition=hessian_condition(problem, journal.w) if limits.condition else None,
    )  # fmt: skip


class _Stop(Exception):
    """Ends a solver's loop between two iterations, the reason as its argument."""


class _Journal:
    """What the iterations so far have found."""

    def __init__(self, problem: Problem, limits: Limits, watch: Watch) -> None:
        self.problem, self.limits, self._watch = problem, limits, watch
        self._stalled = 0
        self.losses: list[float] = []
        self.w = problem.start()
        self.J, self.g = problem.value_and_gradient(self.w)

    def note_or_stop(self, w: Array) -> None:
        """Note the end of an iteration; raise `_Stop` where there is a reason to."""
        stopped = self.note(w)
        if stopped:
            raise _Stop(stopped)

    def note(self, w: Array) -> str | None:
        """Note the end of an iteration; return the reason to stop, or None."""
        if same(w, self.w):
            self._stalled += 1
            return "line search" if self._stalled >= STALLED else None
        J, g = self.problem.value_and_gradient(w)
        if not (
            np.isfinite(J) and np.isfinite(g).all()
        ):  # a search may call that a step; the weights stay what they were
            return "line search"
        before, self._stalled, self.w = self.J, 0, self.problem.move_to(w)
        self.J, self.g = J, g
        self.losses.append(self.J)
        asked = self._watch(self.w, self.J, float(np.linalg.norm(self.g)))
        return asked or self.reached((before - self.J) / max(abs(before), abs(self.J), 1.0))

    def reached(self, decrease: float) -> str | None:
        """Return which limit is reached, after a relative decrease of J as L-BFGS-B defines it."""
        limits = self.limits
        if np.abs(self.g).max() <= limits.gradient:
            return "converged"
        if limits.value and 0 <= decrease <= limits.value:
            return "value"
        return limits.reached(len(self.losses), self.problem.n_evaluations)
