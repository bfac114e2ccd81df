"""Adopting: a trained network, of another tool or of arrays, as a fitted estimator. See README.md."""

from clearprop.adopting.adopt import AdoptedWarning, adopt
from clearprop.adopting.on_table import on_table, origin_of

__all__ = ["AdoptedWarning", "adopt", "on_table", "origin_of"]
