"""Fitting: what was asked of a training, and what is done about it. See README.md.

Names are loaded when they are asked for: the command line reads the settings alone, to show its help.
"""

from __future__ import annotations

from clearprop.on_demand import on_demand

_WHERE = {
    "Recipe": "clearprop.fitting.recipe",
    "Settings": "clearprop.fitting.settings",
    "settings_of": "clearprop.fitting.settings",
}

__all__ = list(_WHERE)

__getattr__ = on_demand(__name__, _WHERE)
