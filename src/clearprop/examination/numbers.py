"""How good predicted numbers are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.examination.sampling import Interval, bootstrap, draw_rows
from clearprop.fitting.scoring import regression_scores

Array = NDArray[Any]

MOST_ROWS = 5000
SHOWN = 1200


@dataclass(frozen=True, eq=False)
class NumberQuality:
    """How good predicted numbers are; all in units of the target.

    Attributes
    ----------
    scores : dict of str to Interval
    true, predicted : array (n,)
        Of a sample of the rows, for drawing.
    residuals : array (n_rows,)
        Predicted − true, of all rows.
    """

    scores: dict[str, Interval]
    true: Array
    predicted: Array
    residuals: Array


def number_quality(y: Array, predicted: Array) -> NumberQuality:
    """Return all figures of predictions (n_rows,) for true numbers (n_rows,)."""
    rows = draw_rows(len(y), SHOWN, 3)
    return NumberQuality(
        scores=bootstrap(lambda some: regression_scores(y[some], predicted[some]), len(y), MOST_ROWS, 1),
        true=y[rows],
        predicted=predicted[rows],
        residuals=np.asarray(predicted - y, dtype=np.float64),
    )
