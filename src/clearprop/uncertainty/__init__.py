"""Uncertainty: intervals and prediction sets from rows that were held out. See README.md."""

from clearprop.uncertainty.calibration import Calibration, Curve, calibrate, probabilities
from clearprop.uncertainty.intervals import (
    cv_plus,
    deviations,
    enough_rows,
    highest_score,
    kept_errors,
    prediction_sets,
    rank_among,
    reach_of,
)

__all__ = [
    "Calibration",
    "Curve",
    "calibrate",
    "cv_plus",
    "deviations",
    "enough_rows",
    "highest_score",
    "kept_errors",
    "prediction_sets",
    "probabilities",
    "rank_among",
    "reach_of",
]
