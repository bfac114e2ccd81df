"""Explain: derivations, proofs and worked numbers. See README.md."""

from clearprop.explain.derivation import NOTATIONS, Derivation, derive
from clearprop.explain.trace_run import trace

__all__ = ["NOTATIONS", "Derivation", "derive", "trace"]
