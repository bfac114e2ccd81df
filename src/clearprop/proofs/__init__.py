"""Proofs: is a gradient the derivative of the objective, and if not, which mistake is in it? See README.md."""

from clearprop.proofs.certificate import Certificate, certify, certify_parameters
from clearprop.proofs.diagnose import Diagnosis, diagnose

__all__ = ["Certificate", "Diagnosis", "certify", "certify_parameters", "diagnose"]
