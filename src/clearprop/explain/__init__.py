"""Explain: derivations, proofs and worked numbers. See README.md."""

from clearprop.explain.derivation import NOTATIONS, Derivation, derive

__all__ = ["NOTATIONS", "Derivation", "derive"]
