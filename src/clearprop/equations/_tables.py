"""Closed tables: from a name and options to the frozen record they describe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from clearprop.errors import UsageError, unknown_name

Record = TypeVar("Record")


def build(kind: str, table: Mapping[str, type[Record]], name: str, options: Mapping[str, Any]) -> Record:
    """Return the record of that name with its options set.

    Raises
    ------
    UsageError
        If the table has no such name, or the record no such option.
    """
    if name not in table:
        raise unknown_name(kind, name, table)
    known = field_names(table[name])
    for option in options:
        if option not in known:
            raise UsageError(f"the {kind} {name!r} has no option {option!r}; it takes {', '.join(known) or 'none'}.")
    return table[name](**options)


_names: dict[type, tuple[str, ...]] = {}


def field_names(kind: type) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass; remembered, since many small fits ask for the same ones."""
    if kind not in _names:
        _names[kind] = tuple([field.name for field in fields(kind)])
    return _names[kind]
