"""Efforts: what settings of a table estimator that are left out come to.

A setting that is given counts as it is. An effort chooses the others; why so is told in docs/design/0010.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clearprop.fitting.plain import to_plain
from clearprop.fitting.settings import BY_EFFORT, settings_of
from clearprop.fitting.settings.declared import EFFORTS, Settings
from clearprop.solvers import SOLVERS

QUICK, STANDARD, BEST = EFFORTS
LEFT_OUT: Mapping[str, Any] = {"patience": "auto"}
"""What stands for a setting that is left out, where that is not None."""

_LARGE: Mapping[str, Any] = {
    "hidden": (128, 128, 128), "activation": "mish", "dropout": 0.1, "bins": 16, "root_rates": True,
    "optimizer": "adam:beta2=0.95", "learning_rate": 0.04, "schedule": "flat_cosine", "patience": None,
    "members": 8,
}  # fmt: skip

VALUES: Mapping[str, Mapping[str, Any]] = {
    QUICK: {},
    STANDARD: {**_LARGE, "n_epochs": 32},
    BEST: {**_LARGE, "n_epochs": 128},
}
"""What each chooses; what it does not name has the default of the recipe."""


def settled(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with those that were left out as the effort chooses them.

    Parameters
    ----------
    asked : dict of str to object
        By the recipe's names, as `clearprop.fitting.settings.Surface.read` returns them.

    Returns
    -------
    dict of str to object
        The effort by its name.
    """
    effort = asked.get("effort") or QUICK
    open_ = [name for name in BY_EFFORT if name in asked and asked[name] == LEFT_OUT.get(name)]
    declared, values = settings_of(Settings), VALUES[effort]
    steps = not _is_solver(asked.get("optimizer"))
    chosen = {
        name: values[name] if name in values and (steps or not declared[name].of_steps) else declared[name].default
        for name in open_
    }
    return {**asked, **chosen, "effort": effort}


def chosen(recipe: Settings, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a recipe that its effort chose, as plain data.

    Parameters
    ----------
    given : dict of str to object
        What was asked for, by the recipe's names.
    """
    return {
        name: to_plain(getattr(recipe, name))
        for name in settings_of(Settings)
        if name in BY_EFFORT and name in given and given[name] == LEFT_OUT.get(name)
    }


def _is_solver(optimizer: Any) -> bool:
    return isinstance(optimizer, str) and optimizer in SOLVERS
