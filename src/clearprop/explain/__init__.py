"""Explain: derivations and worked numbers; the door to proofs and the clinic besides. See README.md."""

from clearprop.clinic import Autopsy, autopsy, autopsy_of
from clearprop.engines.tracing import trace
from clearprop.explain.derivation import NOTATIONS, Derivation, derive
from clearprop.proofs import Certificate, Diagnosis, certify, certify_parameters, diagnose

__all__ = [
    "NOTATIONS",
    "Autopsy",
    "Certificate",
    "Derivation",
    "Diagnosis",
    "autopsy",
    "autopsy_of",
    "certify",
    "certify_parameters",
    "derive",
    "diagnose",
    "trace",
]
