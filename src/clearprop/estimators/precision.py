"""The precisions a network is trained in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from clearprop.errors import UsageError, unknown_name

PRECISIONS: dict[str, type[np.floating[Any]]] = {"float32": np.float32, "float64": np.float64, "bf16": np.float32}
"""That of rows and parameters by name; "bf16" rounds the operands of products besides."""


def dtype_of(precision: str) -> DTypeLike:
    """Return the precision of rows and parameters.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if precision not in PRECISIONS:
        raise unknown_name("precision", precision, PRECISIONS)
    return PRECISIONS[precision]


def refuse_bf16(precision: str | None, optimizer: Any) -> None:
    """Refuse a batch solver in bf16; it computes in float64 and would not do what is asked.

    Raises
    ------
    UsageError
        Saying what to choose instead.
    """
    if precision == "bf16":
        raise UsageError(
            f'{optimizer!r} computes in float64, so precision="bf16" has no meaning for it; use an optimizer that '
            'takes steps, such as "adam", or precision="float32".'
        )
