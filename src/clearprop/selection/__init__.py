"""Selection: many trainings on one table, judged by rows that what answers them has not seen. See README.md."""

from clearprop.selection.comparison import Compared, Comparison, compare
from clearprop.selection.cross_validation import CrossValidation, cross_validate
from clearprop.selection.folds import Fold, folds_for

__all__ = ["Compared", "Comparison", "CrossValidation", "Fold", "compare", "cross_validate", "folds_for"]
