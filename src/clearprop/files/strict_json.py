"""JSON with nothing left to chance: one spelling when written, bounds and no ambiguity when read."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from clearprop.errors import ModelFileError, UsageError

MAX_DEPTH = 16
MAX_VALUES = 250_000
MAX_DIGITS = 40

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]|,', re.DOTALL)  # one pass, no backtracking, however hostile


def canonical(value: Any) -> str:
    """Return the one spelling of plain data: sorted keys, no whitespace, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def plain(value: Any, where: str = "value") -> Any:
    """Return a copy in dicts, lists, strings, booleans, finite numbers and None; NumPy scalars become Python's.

    Raises
    ------
    UsageError
        If something else is inside, or it is nested more than `MAX_DEPTH` deep; the message says where.
    """
    return _plain(value, where, MAX_DEPTH)


def _plain(value: Any, where: str, depth: int) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return _finite(value, where)
    if isinstance(value, str):
        return _unicode(value, where)
    if not isinstance(value, (dict, list, tuple)):
        kinds = "dict, list, str, number, bool or None"
        raise UsageError(f"{where} must be plain data ({kinds}), got {type(value).__name__}.")
    if depth == 0:
        raise UsageError(f"{where} is nested more than {MAX_DEPTH} deep; flatten it.")
    if isinstance(value, dict):
        return {_key(key, where): _plain(inside, f"{where}.{key}", depth - 1) for key, inside in value.items()}
    return [_plain(inside, f"{where}[{i}]", depth - 1) for i, inside in enumerate(value)]


def _finite(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise UsageError(f"{where} is {value!r}, which JSON cannot hold; put None in its place.")
    return float(value)


def _unicode(value: str, where: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{where} is {value!a}, which is not valid Unicode; decode it properly first.") from None
    return str(value)


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise UsageError(f"the keys of {where} must be strings, got {key!r}.")
    return _unicode(key, f"a key of {where}")


def parse(text: bytes | str, what: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    ModelFileError
        If it is no JSON, or holds a key twice, a number that is not finite or has more than `MAX_DIGITS` digits,
        broken Unicode, more than `MAX_DEPTH` levels or more than `MAX_VALUES` values.
    """
    return parse_bounded(text, what, MAX_DEPTH, MAX_VALUES)


def parse_bounded(text: bytes | str, what: str, max_depth: int, max_values: int) -> Any:
    """Return the value of a JSON text as `parse` does, with other bounds."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
        _check_bounds(text, max_depth, max_values)
        value = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_float=_finite_number,
            parse_int=_short_integer,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeError, ValueError) as error:
        reason = "the text is not valid Unicode" if isinstance(error, UnicodeError) else str(error)
        raise ModelFileError(f"{what} must be strict JSON: {reason}") from None
    return value


def _check_bounds(text: str, max_depth: int, max_values: int) -> None:
    """Refuse, before anything is built, what would take deep stacks or much memory to build."""
    depth, values = 0, 1
    for token in _TOKEN.finditer(text):
        kind = token[0][0]
        if kind in "[{":
            depth, values = depth + 1, values + 1
        elif kind in "]}":
            depth -= 1
        elif kind == ",":
            values += 1
        if depth > max_depth:
            raise ValueError(f"it is nested more than {max_depth} deep.")
        if values > max_values:
            raise ValueError(f"it holds more than {max_values} values.")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in value if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:80]!r} occurs twice.")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number.")


def _finite_number(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"the number {digits[:MAX_DIGITS]} is beyond double precision.")
    return value


def _short_integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"an integer has {len(digits)} digits; at most {MAX_DIGITS} are read.")
    return int(digits)


def shown(name: str) -> str:
    """Return a name from a file, fit for a message: not long, and without characters that move a terminal's cursor."""
    cut = name if len(name) <= 60 else name[:60] + "…"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut)
