"""Examination: everything a report says about a trained table estimator, as plain records."""

from clearprop.examination.examine import Examination, examine
from clearprop.examination.parts import Parts, part_again

__all__ = ["Examination", "Parts", "examine", "part_again"]
