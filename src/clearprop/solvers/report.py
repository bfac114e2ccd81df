"""What a batch solver says about itself when it stops."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from clearprop.solvers.problem import Problem
from clearprop.training.rows import Array

REASONS = {
    "converged": "the gradient is within the limit",
    "value": "J hardly changed in the last iteration",
    "steady": "the weights, α and β are steady",
    "exact": "the residuals are within the rounding of the targets",
    "precision": "no step, however small, lowers J in this precision",
    "line search": "no step along the search direction lowers J",
    "iterations": "the limit on iterations was reached",
    "evaluations": "the limit on evaluations was reached",
    "callback": "a listener, such as early stopping, asked for it",
    "interrupted": "a signal interrupted it",
}
"""Why a solver stops, in words."""

FOUND = ("converged", "value", "steady", "exact", "precision")
"""The reasons that say that a minimum was found."""

CONDITION_WORK = 3e8  # multiplications that a condition number may cost: 0.05 s for 229 parameters
PRODUCT_WORK = 5e5  # multiplications in whose time a Hessian product of no rows is called


@dataclass(frozen=True, kw_only=True)
class SolverReport:
    """How a batch solver ended.

    Attributes
    ----------
    solver : str
    stopped : str
        A key of `REASONS`.
    n_iterations, n_evaluations : int
        Iterations, and passes over all rows.
    losses : tuple of float
        J after each iteration.
    J, gradient_norm : float
        At the end; the norm is Euclidean.
    condition : float or None
        Ratio of the largest to the smallest eigenvalue, in size, of the second derivative of J at the end (for lm and
        trainbr, of its Gauss–Newton part); None where that would take too long or was not asked for.
    alpha, beta, effective_parameters : float or None
        Of Bayesian regularisation: precision of the weights, precision of the noise, and γ.
    signal_number : int or None
        The signal that interrupted it.
    """

    solver: str
    stopped: str
    n_iterations: int
    n_evaluations: int
    losses: tuple[float, ...]
    J: float
    gradient_norm: float
    condition: float | None = None
    alpha: float | None = None
    beta: float | None = None
    effective_parameters: float | None = None
    signal_number: int | None = None

    @property
    def converged(self) -> bool:
        """Whether it stopped at what it takes for a minimum."""
        return self.stopped in FOUND

    @property
    def reason(self) -> str:
        """Why it stopped, in words."""
        return REASONS[self.stopped]

    def as_dict(self) -> dict[str, Any]:
        """Return the report, without the losses, as plain data and in words; a condition number of ∞ becomes None."""
        data = {name: value for name, value in asdict(self).items() if name != "losses"}
        finite = self.condition is not None and math.isfinite(self.condition)
        return data | {"reason": self.reason, "condition": self.condition if finite else None, "says": str(self)}

    def __str__(self) -> str:
        verb = "converged" if self.converged else "stopped"
        words = [
            f"{self.solver} {verb} after {self.n_iterations} iterations and {self.n_evaluations} evaluations: "
            f"{self.reason}.",
            f"J = {self.J:.6g}, gradient norm {self.gradient_norm:.2g}"
            + ("." if self.condition is None else f", condition number {self.condition:.1e}."),
        ]
        if self.effective_parameters is not None:
            words.append(
                f"The data determine γ = {self.effective_parameters:.1f} parameters; "
                f"α = {self.alpha:.4g}, β = {self.beta:.4g}."
            )
        return " ".join(words)


def hessian_condition(problem: Problem, w: Array) -> float | None:
    """Return the condition number of the Hessian at w, from one product per parameter; None if it is too much."""
    per_product = PRODUCT_WORK + float(problem.free.size) * len(problem.rows)
    if w.size * (per_product + float(w.size) ** 2) > CONDITION_WORK:  # the eigenvalues are of its cube
        return None
    hessian = np.stack([problem.hessian_times(w, direction) for direction in np.eye(w.size)])
    if not np.isfinite(hessian).all():
        return None
    return ratio(np.abs(np.linalg.eigvalsh((hessian + hessian.T) / 2)))


def ratio(sizes: Array) -> float:
    """Return the largest over the smallest."""
    return float(sizes.max() / sizes.min()) if sizes.min() > 0 else float("inf")
