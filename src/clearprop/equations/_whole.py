"""Whole numbers in descriptions."""

from __future__ import annotations

import operator

from clearprop.errors import UsageError


def whole(what: str, value: object) -> int:
    """Return value as an int, so that NumPy's integers are as good as Python's."""
    try:
        return operator.index(value)  # type: ignore[arg-type]  # what is no integer ends in the message
    except TypeError:
        raise UsageError(f"{what} must be an integer, got {value!r}.") from None
