"""Bayesian regularisation: the evidence decides how strong the penalty is (MacKay 1992; Foresee and Hagan 1997).

Weights have the prior N(0, 1/α), targets the noise N(0, 1/β). With E_D = ½ Σ_n w_n ‖a_n − y_n‖² and E_W = ½ ‖w‖² over
the weights (and the biases, if `penalize_bias`), every iteration takes one Levenberg–Marquardt step on β E_D + α E_W
and then sets::

    γ = Σ_i (1 − α [H⁻¹]_ii)      over the penalised i,   H = β Σ_n w_n (∂a_n/∂w)ᵀ ∂a_n/∂w + α
    α = γ / (2 E_W)
    β = (N − γ − n_unpenalised) / (2 E_D)

γ is the number of parameters the data determine, N = n_out Σ_n w_n the number of observations: a weight of k counts as
k copies. Where the data say nothing of the penalised parameters, γ is 0, and α stays as it is. For a network that is
linear in w this maximises the evidence exactly. In the objective's own terms the result is the penalty l2 = α / β
(reduction "sum").
"""

from __future__ import annotations

import numpy as np

from clearprop.errors import UsageError
from clearprop.solvers.cost import tell_of_cost
from clearprop.solvers.gauss_newton import NORMAL_PARAMETERS
from clearprop.solvers.least_squares import LeastSquares, of_objective, row_weights
from clearprop.solvers.levenberg_marquardt import Descent
from clearprop.solvers.limits import Limits, Watch
from clearprop.solvers.problem import Problem, penalised_parameters
from clearprop.solvers.report import SolverReport, ratio

ROUNDING = 1e-15  # of a target, that a residual may be left with
UNDETERMINED = 1e-10  # what is nothing but rounding: of γ, so that the penalty stays; of the share of observations left


class Evidence:
    """α, β and γ, and what is computed from them at one w."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.mask = penalised_parameters(problem.network)[problem.free].astype(np.float64)
        self.weights = row_weights(problem.rows)
        self.n_observations = float(self.weights.sum()) * problem.network.n_out
        self.alpha, self.beta, self.gamma = 0.0, 1.0, float(self.mask.sum())
        self.condition = np.inf

    def squares(self) -> LeastSquares:
        """Return β E_D + α E_W as a least-squares problem."""
        return LeastSquares(self.problem, self.beta * self.weights, self.alpha * self.mask)

    def errors(self, descent: Descent) -> tuple[float, float]:
        """Return E_D and E_W where the descent stands."""
        E_W = 0.5 * float(np.sum(self.mask * descent.w**2))
        return max(descent.F - self.alpha * E_W, 0.0) / self.beta, E_W

    def update(self, descent: Descent) -> float:
        """Set γ, α and β; return the largest relative change of α and β."""
        E_D, E_W = self.errors(descent)
        if self.alpha:
            self.gamma = self._determined(descent)
        before = self.alpha, self.beta
        left = self.n_observations - self.gamma - float(np.sum(1 - self.mask))
        if self.gamma > UNDETERMINED and E_W > 0:
            self.alpha = self.gamma / (2 * E_W)
        self.beta = left / (2 * E_D) if left > UNDETERMINED * self.n_observations else 1.0
        return max(abs(self.alpha / before[0] - 1) if before[0] else np.inf, abs(self.beta / before[1] - 1))

    def _determined(self, descent: Descent) -> float:
        """Return γ, by the singular values and vectors of what H is the square of."""
        _, s, V = np.linalg.svd(descent.model.root(), full_matrices=False)
        kept = s > s[0] * np.finfo(float).eps * len(s)
        self.condition = float(np.square(ratio(s)))
        inverse_diagonal = np.sum((V[kept] / s[kept, None]) ** 2, axis=0)
        return float(np.sum(self.mask * (1 - self.alpha * inverse_diagonal)))

    def exact(self, E_D: float) -> bool:
        """Whether nothing but rounding is left of the residuals, so that no noise can be told from it."""
        Y = self.problem.rows.Y
        return 2 * E_D <= self.n_observations * (ROUNDING * float(np.max(np.abs(Y), initial=0.0))) ** 2


def bayesian_regularisation(problem: Problem, limits: Limits, watch: Watch) -> SolverReport:
    """Fit a squared-error network, and let the evidence set the penalty.

    The limit on the gradient is relative here, to that of the penalty, and holds for the change of α and β too.

    Raises
    ------
    UsageError
        If the objective is not a sum of squares or has a penalty of its own, or there are too many parameters for H.
    """
    of_objective(problem, "trainbr")
    w = problem.start()
    if problem.network.objective.l2:
        raise UsageError('the solver "trainbr" finds the penalty itself; leave l2 (in scikit-learn, alpha) at 0.')
    if w.size > NORMAL_PARAMETERS:
        raise UsageError(f'"trainbr" forms H of at most {NORMAL_PARAMETERS} parameters, got {w.size}; use "lbfgs".')
    evidence, losses, stopped = Evidence(problem), list[float](), None
    tell_of_cost(evidence.squares(), w, "trainbr")
    descent = Descent(evidence.squares(), w)
    while stopped is None:
        moved = descent.advance()
        E_D, _ = evidence.errors(descent)
        if evidence.exact(E_D):
            stopped = "exact"
            break
        change = evidence.update(descent)
        losses.append(_J(problem, E_D, evidence))
        stopped = watch(descent.w, losses[-1], float(np.linalg.norm(descent.g)))
        small = np.linalg.norm(descent.g) <= limits.gradient * np.linalg.norm(evidence.alpha * descent.w)
        if change <= limits.gradient and (small or not moved):
            stopped = stopped or "steady"
        stopped = stopped or limits.reached(len(losses), problem.n_evaluations)
        descent.restart(evidence.squares(), descent.w)
    problem.move_to(descent.w)
    return _report(evidence, descent, stopped, losses)


def _J(problem: Problem, E_D: float, evidence: Evidence) -> float:
    """Return E_D in the objective's own reduction."""
    return E_D / float(evidence.weights.sum()) if problem.network.objective.reduction == "mean" else E_D


def _report(evidence: Evidence, descent: Descent, stopped: str, losses: list[float]) -> SolverReport:
    problem = evidence.problem
    J = _J(problem, evidence.errors(descent)[0], evidence)
    return SolverReport(
        solver="trainbr", stopped=stopped, n_iterations=len(losses), n_evaluations=problem.n_evaluations,
        losses=tuple(losses), J=J, gradient_norm=float(np.linalg.norm(descent.g)), condition=evidence.condition,
        alpha=evidence.alpha, beta=evidence.beta, effective_parameters=evidence.gamma,
    )  # fmt: skip
