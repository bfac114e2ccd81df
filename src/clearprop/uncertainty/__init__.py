"""Uncertainty: intervals and prediction sets from rows that were held out. See README.md."""

from clearprop.uncertainty.calibration import Calibration, Curve, calibrate
from clearprop.uncertainty.intervals import cv_plus, enough_rows, kept_errors, rank_among

__all__ = ["Calibration", "Curve", "calibrate", "cv_plus", "enough_rows", "kept_errors", "rank_among"]
