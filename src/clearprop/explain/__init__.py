"""Explain: derivations, proofs and worked numbers. See README.md."""

from clearprop.explain.autopsy import Autopsy, autopsy, autopsy_of
from clearprop.explain.certificate import Certificate, certify, certify_parameters
from clearprop.explain.derivation import NOTATIONS, Derivation, derive
from clearprop.explain.diagnose import Diagnosis, diagnose
from clearprop.explain.trace_run import trace

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
