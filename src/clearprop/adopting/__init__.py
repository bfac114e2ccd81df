"""Adopting: a network of another tool as a fitted estimator. See README.md."""

from clearprop.adopting.adopt import AdoptedWarning, adopt

__all__ = ["AdoptedWarning", "adopt"]
