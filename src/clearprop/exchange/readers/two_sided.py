"""Functions that are one thing above 0 and another below: two units of a simple activation for each of theirs."""

from __future__ import annotations

import numpy as np

from clearprop.errors import ForeignFileError, ReaderCannot
from clearprop.exchange.foreign import Activated, Array, Layer, Linear, require_room


def prelu(slopes: Array, width: int | None, name: str) -> list[Layer]:
    """Return a PReLU: one slope is that of leaky_relu; one for each unit takes two relus, max(z, 0) − s max(−z, 0)."""
    if len(slopes) == 1:
        return [Activated(f"leaky_relu:slope={float(slopes[0])!r}", name)]
    if len(slopes) != width:
        raise ForeignFileError(f"{name} has {len(slopes)} slopes for {width} units.")
    return _two_sided("relu", 0.0, -slopes, name)


def shrink(limit: float, by: float, width: int | None, name: str) -> list[Layer]:
    """Return 0 where |z| is at most a limit, and beyond it z nearer to 0 by the limit itself (soft) or by 0 (hard).

    Raises
    ------
    ReaderCannot
        If it is neither, or the number of units is not known.
    """
    if width is None or by not in (0.0, limit) or limit < 0:
        raise ReaderCannot(f"{name} shrinks by {by!r} beyond {limit!r}; by 0, or by as much as the limit, can be read.")
    f = "relu" if by else f"leaky_relu:slope=0,threshold={limit!r}"
    return _two_sided(f, by, -np.ones(width), name)


def _two_sided(f: str, shift: float, below: Array, name: str) -> list[Layer]:
    """Return f(z − shift) + below f(−z − shift)."""
    n = len(below)
    require_room(name, n, 2 * n)
    eye = np.eye(n)
    apart = Linear(np.hstack([eye, -eye]), np.full(2 * n, -shift), name)
    return [apart, Activated(f, name), Linear(np.vstack([eye, np.diag(below)]), np.zeros(n), name)]
