"""Solvers: minimise J over all rows at once, through `Session.gradients`. One file each; see README.md."""

from clearprop.training.solvers.batch import BatchObjective, OnIteration, Solution
from clearprop.training.solvers.lbfgs import lbfgs

__all__ = ["BatchObjective", "OnIteration", "Solution", "lbfgs"]
