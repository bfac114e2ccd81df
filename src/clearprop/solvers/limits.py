"""Limits: when a batch solver stops; Watch: who looks on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from clearprop.errors import UsageError
from clearprop.training.rows import Array

Watch: TypeAlias = Callable[[Array, float, float], str | None]
"""Called after every iteration with w, J and the gradient's norm; returns a reason to stop, or None."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a batch solver stops.

    Attributes
    ----------
    n_iterations : int
    n_evaluations : int or None
        Passes over all rows; looked at between two iterations. None for no limit.
    gradient : float
        Converged where no component of the gradient is larger.
    value : float
        Converged where one iteration lowers J by a smaller share of itself; 0 goes on to the last digit.
    condition : bool
        Whether lbfgs, cg and newton measure the condition number at the end: a Hessian product per parameter, which on
        small data takes as long as the solution itself.
    """

    n_iterations: int = 200
    n_evaluations: int | None = None
    gradient: float = 1e-8
    value: float = 0.0
    condition: bool = True

    def __post_init__(self) -> None:
        if self.n_iterations < 1 or (self.n_evaluations is not None and self.n_evaluations < 1):
            raise UsageError(f"a solver needs at least one iteration and one evaluation, got {self!r}.")
        if not (self.gradient >= 0 and self.value >= 0):
            raise UsageError(f"gradient and value must be 0 or more, got {self!r}.")

    def reached(self, n_iterations: int, n_evaluations: int) -> str | None:
        """Return which of the two counts is used up, if one is."""
        if n_iterations >= self.n_iterations:
            return "iterations"
        too_many = self.n_evaluations is not None and n_evaluations > self.n_evaluations
        return "evaluations" if too_many else None
