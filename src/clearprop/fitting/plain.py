"""Settings and fitted attributes as plain data, as a model file keeps them, and the way back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from clearprop.equations import Loss, Rule, Schedule
from clearprop.errors import ModelFileError
from clearprop.files import (
    loss_from_json,
    loss_to_json,
    rule_from_json,
    rule_to_json,
    schedule_from_json,
    schedule_to_json,
)
from clearprop.tables.encodings.labels import LABEL_TYPES, as_array, type_of

_PLAIN = (bool, int, float, str)

_DESCRIBED: tuple[tuple[str, type, Any, Any], ...] = (
    ("loss", Loss, loss_to_json, loss_from_json),
    ("rule", Rule, rule_to_json, rule_from_json),
    ("schedule", Schedule, schedule_to_json, schedule_from_json),
)


def to_plain(value: Any) -> Any:
    """Return a setting or fitted attribute as plain data; what is no plain data becomes a dict with one key."""
    for key, kind, to_json, _ in _DESCRIBED:
        if isinstance(value, kind):
            return {key: to_json(value)}
    if isinstance(value, dict):
        return {"pairs": [[to_plain(key), to_plain(inside)] for key, inside in value.items()]}
    if isinstance(value, list | tuple | np.ndarray):
        return [to_plain(inside) for inside in value]
    if isinstance(value, float | np.floating) and not math.isfinite(value):
        return {"number": str(float(value))}
    if isinstance(value, np.random.RandomState):
        return None
    return _label(value.item() if isinstance(value, np.generic) and value.dtype.kind in "biufUS" else value)


def _label(value: Any) -> Any:
    """Return a label that is no plain data, such as a date in class_weight, as its type and its text."""
    kind = None if value is None or isinstance(value, _PLAIN) else type_of([value])
    if kind is None:
        return value
    return {"label": [kind, LABEL_TYPES[kind].write(value), str(getattr(value, "dtype", "O"))]}


def from_plain(value: Any) -> Any:
    """Undo `to_plain`."""
    if isinstance(value, list):
        return [from_plain(inside) for inside in value]
    if not isinstance(value, dict):
        return value
    ((key, inside),) = value.items()
    if key == "pairs":
        return {from_plain(name): from_plain(content) for name, content in inside}
    if key == "number":
        return float(inside)
    if key == "label":
        kind, plain, dtype = inside
        return as_array([plain], kind, dtype)[0]
    return {name: from_json for name, _, _, from_json in _DESCRIBED}[key](inside)


def settings_in(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that facts keep, what has several values as a tuple."""
    settings = {name: from_plain(value) for name, value in facts["settings"].items()}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}


@contextmanager
def facts_of(name: str, facts: Mapping[str, Any]) -> Iterator[None]:
    """Hold facts to be those of an estimator, by its name, while they are read.

    Raises
    ------
    ModelFileError
        If another estimator wrote them, or one of them is missing or has no meaning.
    """
    if facts.get("estimator") != name:
        raise ModelFileError(f"expected a file of {name}, this one is of {facts.get('estimator')!r}.")
    try:
        yield
    except ModelFileError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"the facts of this model file are not those of a {name}: {error!r}.") from error
