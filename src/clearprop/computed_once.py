"""A property that is computed once per object, without a lock: Python 3.12's, on every Python.

Until 3.11 functools' took one lock for all objects of a class: threads waited for one another, and a child forked
meanwhile waited for ever, as the thread that held it was not there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property
else:
    T = TypeVar("T")

    class cached_property(Generic[T]):  # noqa: N801  # the name of what it stands for
        """Computed when it is first asked for, and kept in the object's __dict__ by its name."""

        def __init__(self, compute: Callable[[Any], T]) -> None:
            self._compute = compute
            self.__doc__ = compute.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            if instance is None:
                return self
            kept = instance.__dict__
            if self._name not in kept:
                kept[self._name] = self._compute(instance)
            return kept[self._name]


__all__ = ["cached_property"]
