"""Batch solvers: minimise J over all rows at once, on exact derivatives, over any engine. See README.md."""

from clearprop.training.solvers.limits import Limits
from clearprop.training.solvers.report import SolverReport
from clearprop.training.solvers.solve import SOLVERS, OnIteration, minimise, solve

__all__ = ["SOLVERS", "Limits", "OnIteration", "SolverReport", "minimise", "solve"]
