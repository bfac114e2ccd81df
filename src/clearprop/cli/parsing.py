"""Options that are more than one word."""

from __future__ import annotations

from clearprop.errors import UsageError


def parse_layers(text: str) -> tuple[int, ...]:
    """Return "4-8-3" or "4,8,3" as (4, 8, 3): inputs, hidden layers, outputs.

    Raises
    ------
    UsageError
        If it is not two sizes or more.
    """
    try:
        sizes = tuple(int(part) for part in text.replace("-", ",").split(","))
    except ValueError:
        sizes = ()
    if len(sizes) < 2 or min(sizes) < 1:
        raise UsageError(f"expected a model file (.safetensors) or layer sizes such as 4-8-3, got {text!r}.")
    return sizes
