"""Numbers so far from the others that squared errors are theirs alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clearprop.tables.columns.column import Column

FAR = 1e4
"""Times as far from the median as the middle half, or nearly all, of the numbers lie apart."""
MOST = 0.1
"""Share of the numbers beyond which they are no exceptions."""
_FEWEST = 10


def far_off(column: Column, where: Callable[[int], str]) -> str | None:
    """Return what is to be said of a target with numbers far off; None where there are none.

    Parameters
    ----------
    where : function of a row
        Its place in the file.
    """
    rows = np.flatnonzero(~column.missing)
    numbers = column.values[rows]
    if column.kind == "category" or len(rows) < _FEWEST:
        return None
    with np.errstate(all="ignore"):
        lowest, low, middle, high, highest = np.quantile(numbers, [0.02, 0.25, 0.5, 0.75, 0.98])
        spread = (high - low) or (highest - lowest)
        far = np.abs(numbers - middle) > FAR * spread
        if not spread or not far.any() or far.mean() > MOST:
            return None
        worst = int(np.argmax(np.abs(numbers - middle)))
    others = f" (and {int(far.sum()) - 1} more)" if far.sum() > 1 else ""
    place = where(int(rows[worst]))
    return (
        f'the target "{column.name}" is {numbers[worst]:g} at {place}{others}, while half of its values lie from '
        f"{low:g} to {high:g}: squared errors and R² are about such rows alone. Correct or leave them out, or take "
        'the loss "huber" or "absolute".'
    )
