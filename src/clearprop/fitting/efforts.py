"""Efforts: what settings of a table estimator that are left out come to.

A setting that is given counts as it is. An effort chooses the others, by the size of the table; why so is told in
docs/design/0010.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.fitting.plain import to_plain
from clearprop.fitting.settings import BY_EFFORT, settings_of
from clearprop.fitting.settings.declared import EFFORTS, Settings
from clearprop.solvers import SOLVERS
from clearprop.tables import StreamedTable, Table

Array = NDArray[Any]

QUICK, STANDARD, BEST = EFFORTS
DEFAULT = STANDARD
"""Where no effort is asked for, and none of the settings that it would choose."""
LEFT_OUT: Mapping[str, Any] = {"patience": "auto"}
"""What stands for a setting that is left out, where that is not None."""

FEWEST_ROWS = 100
"""With fewer, a standard or best effort takes what quick takes: parts of them say nothing."""
ROWS_OF_ALL_EPOCHS = 16_000
"""With more, epochs get fewer, so that there are as many steps; see `FEWEST_EPOCHS`."""
FEWEST_EPOCHS = 8
MEMBERS_UP_TO: Mapping[int, int] = {64_000: 8, 256_000: 4}
"""Rows up to which there are so many members; above there is one."""

MOST_BINNED = 1_000
"""Inputs that bins may make of all columns; with more, numbers enter without, for the first layer would cost most."""

_LARGE: Mapping[str, Any] = {
    "hidden": (128, 128, 128), "activation": "mish", "bins": 16, "root_rates": True, "optimizer": "adam:beta2=0.95",
    "learning_rate": 0.04, "schedule": "flat_cosine", "patience": None, "members": 8,
    "clamp": True, "l2": 0.0,
}  # fmt: skip

VALUES: Mapping[str, Mapping[str, Any]] = {
    QUICK: {},
    STANDARD: {**_LARGE, "n_epochs": 32},
    BEST: {**_LARGE, "n_epochs": 64, "members": 16},
}
"""What each chooses for some thousand rows; what it does not name has the default of the recipe."""


@dataclass(frozen=True)
class Size:
    """What an effort looks at.

    Attributes
    ----------
    rows : int
        To train and to validate on.
    columns : int
        Of the table, the target's left out.
    groups : int or None
        That must not be split; None where rows are no groups.
    alone : bool
        Whether there can be one network only: of rows on disk or in the order of time, and where a training is cut
        into parts.
    """

    rows: int
    columns: int = 1
    groups: int | None = None
    alone: bool = False


SOME_THOUSAND = Size(8_000)

_OF_THE_NETWORK = BY_EFFORT - {"l2"}
"""Whoever gives one of these has a network in mind; a penalty goes with any."""


def size_of(table: Table, pool: Array | None, weights: Array | None, group: str | None, alone: bool) -> Size:
    """Return the size of the rows of the pool, None for all, that have a weight above 0.

    Parameters
    ----------
    group : str or None
        The column whose groups must not be split.
    """
    rows = np.arange(len(table)) if pool is None else pool
    rows = rows if weights is None else rows[weights[rows] > 0]
    alone = alone or isinstance(table, StreamedTable)
    groups = None if group is None or alone else len(np.unique(table.column(group).values[rows]))
    return Size(len(rows), len(table.names) - 1, groups, alone)


def settled(asked: Mapping[str, Any], size: Size = SOME_THOUSAND) -> dict[str, Any]:
    """Return the settings with those that were left out as the effort chooses them.

    Parameters
    ----------
    asked : dict of str to object
        By the recipe's names, as `clearprop.fitting.settings.Surface.read` returns them.
    size : Size

    Returns
    -------
    dict of str to object
        The effort by its name.
    """
    left_out = _left_out(asked)
    effort = asked.get("effort") or (DEFAULT if left_out >= _OF_THE_NETWORK & set(asked) else QUICK)
    declared, values = settings_of(Settings), suited(effort, size)
    if asked.get("time") is not None:  # later targets may well lie beyond those of before
        values.pop("clamp", None)
    steps = not _is_solver(asked.get("optimizer"))
    if not steps:  # without a schedule's end, a penalty is what keeps a solver from fitting each row
        values.pop("l2", None)
    chosen = {
        name: values[name] if name in values and (steps or not declared[name].of_steps) else declared[name].default
        for name in left_out
    }
    return {**asked, **chosen, "effort": effort}


def suited(effort: str, size: Size) -> dict[str, Any]:
    """Return what an effort chooses for a table of some size."""
    values = dict(VALUES[effort])
    if not values or size.rows < FEWEST_ROWS:
        return {}
    full = values["n_epochs"]
    values["n_epochs"] = min(full, max(full * FEWEST_EPOCHS // 32, full * ROWS_OF_ALL_EPOCHS // size.rows))
    most = next((members for rows, members in MEMBERS_UP_TO.items() if size.rows <= rows), 1)
    values["members"] = 1 if size.alone else max(1, values["members"] * most // 8)
    if size.groups is not None:
        values["members"] = max(1, min(values["members"], size.groups))
    if values["bins"] * size.columns > MOST_BINNED:
        values["bins"] = None
    return values


def chosen(recipe: Settings, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a recipe that its effort chose, as plain data.

    Parameters
    ----------
    given : dict of str to object
        What was asked for, by the recipe's names.
    """
    left_out = _left_out(given)
    return {name: to_plain(getattr(recipe, name)) for name in settings_of(Settings) if name in left_out}


def _left_out(asked: Mapping[str, Any]) -> set[str]:
    return {name for name in BY_EFFORT if name in asked and asked[name] == LEFT_OUT.get(name)}


def _is_solver(optimizer: Any) -> bool:
    return isinstance(optimizer, str) and optimizer in SOLVERS
