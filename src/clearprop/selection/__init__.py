"""Selection: many trainings on one table, judged by rows that what answers them has not seen. See README.md."""

from clearprop.selection.comparison import Compared, Comparison, compare
from clearprop.selection.cross_validation import CrossValidation, cross_validate
from clearprop.selection.folds import Fold, folds_for
from clearprop.selection.found import Blend, Search, Trial, ranked
from clearprop.selection.search import tune

__all__ = [
    "Blend",
    "Compared",
    "Comparison",
    "CrossValidation",
    "Fold",
    "Search",
    "Trial",
    "compare",
    "cross_validate",
    "folds_for",
    "ranked",
    "tune",
]
