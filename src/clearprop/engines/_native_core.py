"""The compiled core, where there is one."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import clearprop.engines._native as core
else:
    try:
        core = import_module("clearprop.engines._native")
    except ImportError:
        core = None

MISSING = (
    "the native engine was not built, because no C++20 compiler was found when clearprop was installed; "
    "install one (Debian and Ubuntu: apt install g++; macOS: xcode-select --install) and repeat "
    "pip install --force-reinstall --no-deps clearprop."
)


def native_missing() -> str | None:
    """Return why there is no native engine here and how to get it, or None where it is there."""
    return MISSING if core is None else None


__all__ = ["MISSING", "core", "native_missing"]
