"""Derivations: forward and backward equations of one network, in the notation of your textbook. See `derive`."""

from clearprop.explain.derivation.derivation import Derivation, derive
from clearprop.explain.derivation.notations import NOTATIONS

__all__ = ["NOTATIONS", "Derivation", "derive"]
