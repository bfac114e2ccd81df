"""Arrays that scikit-learn's validation would hand back as they are. Its looks cost more than a small fit's steps.

Whatever is not plainly such an array goes to scikit-learn, which knows every other case and words every refusal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


def plain_rows(
    kept: Mapping[str, object], X: ArrayLike, reset: bool, dtypes: tuple[np.dtype[Any], ...] = _FLOATS
) -> Array | None:
    """Return X if it is finite rows of one of these precisions and of the columns an estimator knows, else None.

    Parameters
    ----------
    kept : mapping of str to object
        The attributes of the estimator.
    reset : bool
        Whether it is to learn its columns, rather than to compare with them.
    """
    if type(X) is not np.ndarray or X.ndim != 2 or X.dtype not in dtypes or not X.size or not _is_finite(X):
        return None
    known = reset or kept.get("n_features_in_") == X.shape[1]
    return X if known and "feature_names_in_" not in kept else None


def plain_numbers(y: ArrayLike, n: int) -> Array | None:
    """Return y if it is n finite numbers in float64."""
    if type(y) is not np.ndarray or y.shape != (n,) or y.dtype != _FLOATS[0]:
        return None
    return y if _is_finite(y) else None


def plain_codes(y: ArrayLike, n: int) -> Array | None:
    """Return y if it is n whole numbers or booleans."""
    return y if type(y) is np.ndarray and y.shape == (n,) and y.dtype.kind in "iub" else None


def classes_of(y: Array) -> Array | None:
    """Return the classes of whole numbers, sorted; None where scikit-learn would have something to say about them."""
    if y.ndim != 1 or y.dtype.kind not in "iub":
        return None
    classes = np.unique(y)
    return classes if 2 * len(classes) <= len(y) else None  # it warns of many classes for few rows


def _is_finite(X: Array) -> bool:
    """Whether the sum is: if not, every number has to be looked at."""
    with np.errstate(all="ignore"):
        return math.isfinite(np.add.reduce(X, axis=None))
