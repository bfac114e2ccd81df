"""Answering: what a training on a table has left answers new rows; scikit-learn is not needed. See README.md."""

from clearprop.answering.from_file import what_answers
from clearprop.answering.of_classes import AnsweringClasses
from clearprop.answering.of_numbers import AnsweringNumbers
from clearprop.answering.table import AnsweringTable

__all__ = ["AnsweringClasses", "AnsweringNumbers", "AnsweringTable", "what_answers"]
