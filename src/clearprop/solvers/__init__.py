"""Batch solvers: minimise J over all rows at once, on exact derivatives, over any engine. See README.md."""

from clearprop.solvers.limits import Limits
from clearprop.solvers.report import SolverReport
from clearprop.solvers.solve import SOLVERS, OnIteration, minimise, solve

__all__ = ["SOLVERS", "Limits", "OnIteration", "SolverReport", "minimise", "solve"]
