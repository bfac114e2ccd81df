"""Selection: cross-validation on a table. See README.md."""

from clearprop.selection.cross_validation import CrossValidation, cross_validate
from clearprop.selection.folds import Fold, folds_for

__all__ = ["CrossValidation", "Fold", "cross_validate", "folds_for"]
