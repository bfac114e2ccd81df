"""The compiled core, where there is one."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

INTERFACE = 7  # of `native/bindings.cpp`; an extension left over from other sources is as good as none

MISSING = (
    "the native engine was not built, because no C++20 compiler was found when clearprop was installed; "
    "install one (Debian and Ubuntu: apt install g++; macOS: xcode-select --install) and repeat "
    "pip install --force-reinstall --no-deps clearprop."
)
STALE = (
    "the native engine was built from other sources than these; repeat `make native` in a source tree, or "
    "pip install --force-reinstall --no-deps clearprop."
)

_reason: str | None = None
if TYPE_CHECKING:
    import clearprop.engines.native._native as core
else:
    try:
        core = import_module("clearprop.engines.native._native")
    except ImportError:
        core, _reason = None, MISSING
    else:
        if getattr(core, "INTERFACE", 0) != INTERFACE:
            core, _reason = None, STALE


def native_missing() -> str | None:
    """Return why there is no native engine here and how to get it, or None where it is there."""
    return _reason


__all__ = ["core", "native_missing"]
