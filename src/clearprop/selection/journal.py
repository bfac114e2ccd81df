"""Journal: what a search has tried, on disk after every trial, so that it goes on where it was killed."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clearprop.errors import DataError, ModelFileError
from clearprop.files import write_atomically

_VERSION = 1


@dataclass
class Journal:
    """The losses of trials, by trial and fold.

    Attributes
    ----------
    path : Path or None
        None keeps them in memory alone.
    about : dict
        What the search is: settings, rows, folds, seed. Another search is not gone on with.
    losses : dict of (int, int) to float
    """

    path: Path | None
    about: dict[str, Any]
    losses: dict[tuple[int, int], float] = field(default_factory=dict)

    @classmethod
    def open(cls, path: str | Path | None, about: dict[str, Any]) -> Journal:
        """Return the journal at a place, with what it holds already.

        Raises
        ------
        DataError
            If it is that of another search.
        ModelFileError
            If it is no journal.
        """
        found = cls(None if path is None else Path(path), about)
        if found.path is None or not found.path.exists():
            return found
        try:
            kept = json.loads(found.path.read_text("utf-8"))
            known = kept["version"], kept["about"]
            losses = {
                (int(trial), int(fold)): math.inf if loss is None else float(loss)
                for trial, fold, loss in kept["losses"]
            }
        except (ValueError, KeyError, TypeError, OSError):
            raise ModelFileError(f"{path} is no journal of a search; name another file, or none that exists.") from None
        if known != (_VERSION, fingerprint(about)):
            raise DataError(f"{path} is the journal of another search (data, settings, folds or seed); name another.")
        found.losses = losses
        return found

    def keep(self, trial: int, fold: int, loss: float) -> None:
        """Keep a loss, on disk before anything else is done."""
        self.losses[trial, fold] = loss
        if self.path is not None:
            losses = [[*at, value if math.isfinite(value) else None] for at, value in sorted(self.losses.items())]
            text = {"version": _VERSION, "about": fingerprint(self.about), "losses": losses}
            write_atomically(self.path, json.dumps(text) + "\n")


def fingerprint(about: dict[str, Any]) -> str:
    """Return the SHA-256 of plain data."""
    return hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()
