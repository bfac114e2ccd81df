"""The doctor of a fit: what ails it, how one can tell, and what to change."""

from clearprop.explain.fit_doctor.diagnose import CHECKS, FitDiagnosis, diagnose_fit
from clearprop.explain.fit_doctor.records import Finding, Fit

__all__ = ["CHECKS", "Finding", "Fit", "FitDiagnosis", "diagnose_fit"]
