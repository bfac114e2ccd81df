"""Options that are more than one word."""

from __future__ import annotations

from clearprop.errors import UsageError


def parse_sizes(text: str) -> tuple[int, ...]:
    """Return "256,128" as (256, 128), and "none" as ().

    Raises
    ------
    UsageError
        If it is neither.
    """
    if text.strip().lower() in ("", "none", "0"):
        return ()
    try:
        sizes = tuple(int(part) for part in text.split(","))
    except ValueError:
        sizes = (0,)
    if min(sizes) < 1:
        raise UsageError(f'--hidden must be sizes such as 256,128, or "none" for a linear model, got {text!r}.')
    return sizes


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


def parse_share(text: str) -> float:
    """Return "0.1%" or "0.001" as 0.001.

    Raises
    ------
    UsageError
        If it is neither.
    """
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise UsageError(f"a share must be written as 0.1% or 0.001, got {text!r}.") from None
