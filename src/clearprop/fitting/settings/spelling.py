"""How values of more than one word are spelled on a command line: sizes, shares, and names with options."""

from __future__ import annotations

from typing import Any

from clearprop.errors import UsageError


def read_sizes(text: str) -> tuple[int, ...]:
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
        raise UsageError(f'expected whole numbers of 1 or more such as 256,128, or "none" for no one, got {text!r}.')
    return sizes


def read_share(text: str) -> float:
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


def name_and_options(text: str) -> tuple[str, dict[str, Any]]:
    """Return "adamw:weight_decay=0.1,beta1=0.8" as the name and {"weight_decay": 0.1, "beta1": 0.8}.

    Raises
    ------
    UsageError
        If what follows the colon is no list of options.
    """
    name, _, rest = text.partition(":")
    options: dict[str, Any] = {}
    for part in filter(None, rest.split(",")):
        option, sign, value = part.partition("=")
        if not sign:
            raise UsageError(f"options follow a name as in huber:threshold=2, got {text!r}.")
        options[option.strip()] = _number(text, value)
    return name, options


def _number(text: str, value: str) -> int | float | bool:
    if value.strip() in ("true", "false"):
        return value.strip() == "true"
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    raise UsageError(f"an option takes a number, or true or false, as in huber:threshold=2, got {text!r}.")
