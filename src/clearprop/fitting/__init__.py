"""Fitting: what was asked of a training, and what is done about it. See README.md.

Names are loaded when they are asked for: the command line reads the settings alone, to show its help.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "Recipe": "clearprop.fitting.recipe",
    "Settings": "clearprop.fitting.settings",
    "settings_of": "clearprop.fitting.settings",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'clearprop.fitting' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
