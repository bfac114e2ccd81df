"""The clinic: what ails a fit, how one can tell, and what to change. See README.md."""

from clearprop.clinic.autopsy import Autopsy, autopsy, autopsy_of
from clearprop.clinic.diagnose_fit import CHECKS, FitDiagnosis, diagnose_fit
from clearprop.clinic.layer_states import InsideRecorder, look_inside
from clearprop.clinic.records import Finding, Fit

__all__ = [
    "CHECKS",
    "Autopsy",
    "Finding",
    "Fit",
    "FitDiagnosis",
    "InsideRecorder",
    "autopsy",
    "autopsy_of",
    "diagnose_fit",
    "look_inside",
]
