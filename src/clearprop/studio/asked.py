"""Asked: what a reader asks of a training, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from clearprop.equations import ACTIVATIONS
from clearprop.equations.optimizers import RULES
from clearprop.errors import UsageError
from clearprop.proofs.mistaken import Mistake
from clearprop.proofs.mistakes import MISTAKES

MOST_EPOCHS, MOST_STEPS, MOST_UNITS, MOST_LAYERS = 500, 20_000, 256, 6
MOST_ROWS = 24
RESTART = ("hidden", "activation", "seed")
"""Settings that another start belongs to: shapes, the meaning of the weights, or their draw."""
FRESH = ("optimizer", "batch_size")
"""Settings after which the optimizer's memory is empty and its steps count from 0, as in a training of its own."""


def _is_whole(value: object, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 1 << 31


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def _are_whole(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_whole, value))


_COUNT = ("a whole number of 1 or more", lambda value: _is_whole(value, 1))
_NAME = ("a name", lambda value: isinstance(value, str))
_NUMBER = ("a number", _is_number)
_KINDS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "hidden": ("whole numbers", _are_whole), "rows": ("whole numbers", _are_whole), "activation": _NAME,
    "optimizer": _NAME, "mistake": _NAME, "learning_rate": _NUMBER, "l2": _NUMBER, "dropout": _NUMBER,
    "batch_size": _COUNT, "epochs": _COUNT, "seed": ("a whole number of 0 or more", _is_whole),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the form asks for.

    Attributes
    ----------
    hidden : tuple of int
    activation, optimizer : str
    learning_rate, l2 : float or None
        None for what suits.
    batch_size : int or None
    dropout : float
    epochs, seed : int
    mistake : str
        A name of the catalogue, or "".
    rows : tuple of int
        The rows to show; some of every class if left out.
    """

    hidden: tuple[int, ...] = (8,)
    activation: str = "tanh"
    optimizer: str = "adam"
    learning_rate: float | None = None
    batch_size: int | None = None
    l2: float | None = None
    dropout: float = 0.0
    epochs: int = 40
    seed: int = 0
    mistake: str = ""
    rows: tuple[int, ...] = ()

    @classmethod
    def of(cls, data: Any) -> Asked:
        """Return what JSON data ask for, within bounds.

        Raises
        ------
        UsageError
            Naming the first field that is unknown or out of bounds.
        """
        known = {one.name for one in fields(cls)}
        if not isinstance(data, dict) or set(data) - known:
            raise UsageError(f"settings must be an object of {', '.join(sorted(known))}.")
        given: dict[str, Any] = {name: value for name, value in data.items() if value is not None}
        for name, value in given.items():
            meant, holds = _KINDS[name]
            if not holds(value):
                raise UsageError(f"{name} must be {meant}.")
        fitting: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
        asked = cls(**fitting)
        asked.check()
        return asked

    def check(self) -> None:
        """Refuse what would take too long, or is not there."""
        if len(self.hidden) > MOST_LAYERS or not all(1 <= units <= MOST_UNITS for units in self.hidden):
            raise UsageError(f"hidden must be at most {MOST_LAYERS} layers of 1 to {MOST_UNITS} units.")
        if not 1 <= self.epochs <= MOST_EPOCHS:
            raise UsageError(f"epochs must be 1 to {MOST_EPOCHS}.")
        if len(self.rows) > MOST_ROWS:
            raise UsageError(f"at most {MOST_ROWS} rows are shown.")
        tables: dict[str, Container[str]] = {
            "activation": ACTIVATIONS,
            "optimizer": RULES,
            "mistake": {one.name for one in MISTAKES} | {""},
        }
        for name, table in tables.items():
            if getattr(self, name) not in table:
                raise UsageError(f"there is no {name} {getattr(self, name)!r:.40}.")

    @property
    def planted(self) -> Mistake | None:
        """The mistake that is to be made."""
        return next((one for one in MISTAKES if one.name == self.mistake), None)

    def differs(self, other: Asked, names: tuple[str, ...]) -> list[str]:
        """Return which of some settings another has otherwise."""
        return [name for name in names if getattr(self, name) != getattr(other, name)]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
