"""Precision: in what numbers a network is computed. Whoever passes one on need not know which there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from clearprop.errors import unknown_name


@dataclass(frozen=True)
class Precision:
    """What numbers are kept in, and what they are rounded to on the way.

    Attributes
    ----------
    name : str
    dtype : dtype
        Of rows, parameters, sums, and the update rule's memory.
    rounding : float
        Relative rounding unit of the coarsest arithmetic.
    """

    name: str
    dtype: np.dtype[Any]
    rounding: float

    @property
    def rounds_products(self) -> bool:
        """Whether the operands of products are rounded to fewer digits than they are kept in."""
        return self.rounding > float(np.finfo(self.dtype).eps)

    def __str__(self) -> str:
        return self.name


def _plain(name: str) -> Precision:
    return Precision(name, np.dtype(name), float(np.finfo(name).eps))


PRECISIONS: dict[str, Precision] = {
    precision.name: precision
    for precision in (
        _plain("float32"),
        _plain("float64"),
        Precision("bf16", np.dtype("float32"), 2.0**-8),  # operands of products: 8 significant bits, to nearest
    )
}
"""Every precision by name."""


def get_precision(precision: str | DTypeLike | Precision) -> Precision:
    """Return the precision of that name, or the one in which numbers of that dtype are computed as they are.

    Raises
    ------
    UsageError
        If there is none.
    """
    if isinstance(precision, Precision):
        return precision
    name = precision if isinstance(precision, str) else np.dtype(precision).name
    if name not in PRECISIONS:
        raise unknown_name("precision", name, PRECISIONS)
    return PRECISIONS[name]
