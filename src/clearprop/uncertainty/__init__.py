"""Uncertainty: intervals and prediction sets from rows that were held out. See README.md."""

from clearprop.uncertainty.intervals import cv_plus, enough_rows, kept_errors

__all__ = ["cv_plus", "enough_rows", "kept_errors"]
