"""L-BFGS: limited-memory BFGS (Liu and Nocedal 1989), as SciPy's L-BFGS-B has it."""

from __future__ import annotations

from scipy.optimize import OptimizeResult, minimize

from clearprop.engines import Session
from clearprop.model import Network
from clearprop.training.data import Rows
from clearprop.training.interruption import Interruption
from clearprop.training.solvers.batch import BatchObjective, OnIteration, Solution


def lbfgs(
    session: Session,
    network: Network,
    rows: Rows,
    *,
    max_iterations: int = 200,
    max_evaluations: int = 15000,
    tolerance: float = 1e-4,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Minimise J over all rows; the session holds the solution afterwards.

    Parameters
    ----------
    session : Session
        Holds the parameters to start from. float64 lets the line search see small improvements.
    max_iterations, max_evaluations : int
        Limits on iterations, and on computations of J and its gradient.
    tolerance : float
        Converged when no component of the gradient is larger.
    on_iteration : callable, optional

    Raises
    ------
    DivergenceError
        If J or its gradient is not finite at the start.
    """
    objective = BatchObjective(session, network, rows)
    losses: list[float] = []

    with Interruption() as interruption:

        def note(intermediate_result: OptimizeResult) -> None:
            losses.append(float(intermediate_result.fun))
            if on_iteration is not None:
                on_iteration(len(losses), losses[-1], intermediate_result.x)
            if interruption.signal_number is not None:
                raise StopIteration

        result = minimize(
            objective,
            objective.start,
            method="L-BFGS-B",
            jac=True,
            callback=note,
            options={"maxiter": max_iterations, "maxfun": max_evaluations, "gtol": tolerance},
        )
    objective.move_to(result.x)
    signal_number = interruption.signal_number
    stopped = "interrupted" if signal_number is not None else _reason(result, len(losses), max_iterations)
    return Solution(tuple(losses), objective.evaluations, stopped, signal_number, float(result.fun))


def _reason(result: OptimizeResult, iterations: int, max_iterations: int) -> str:
    """Return why SciPy stopped, from its status: 0 converged, 1 a limit, 2 no step improves, 99 stopped."""
    if result.status == 99:
        return "callback"
    if result.status == 1:
        return "iterations" if iterations >= max_iterations else "evaluations"
    return "converged" if result.status == 0 else "line search"
