"""Draft: all that a scribe writes from, and what scribes share in writing it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import clearprop
from clearprop.exchange.golden import Golden
from clearprop.program import Dense, Program, Step

MARK = "written by clearprop"

MEANINGS = {
    "number": "a number, NaN where missing",
    "boolean": "0 or 1, NaN where missing",
    "date": "seconds since 1970 (UTC), NaN where missing",
    "text": "text, empty where missing",
}
"""What a column of each kind holds, in words."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A program, the rows to check it by, the name it goes by, its file's without ending, what users are to know."""

    name: str
    stem: str
    program: Program
    golden: Golden
    notes: tuple[str, ...] = ()

    @property
    def precision(self) -> str:
        """The precision of the network."""
        found = next((step.kind for step in self.program.steps if isinstance(step, Dense)), "float64")
        return str(found)

    @property
    def head(self) -> list[str]:
        """What stands at the top of the file, a line each."""
        made = f"{self.name}: {MARK} {clearprop.__version__}. Do not edit; export it anew."
        return [made, *self.notes]


@dataclass(frozen=True)
class Scribe:
    """One format.

    Attributes
    ----------
    name : str
        What `--to` calls it.
    endings : tuple of str
        Of its files, the one that a path is judged by first.
    tolerance : mapping of str to float
        By precision of the program, how far values may be from the model's own, absolute and relative to them.
    write : callable
        From a draft to the contents of the files, by ending.
    why_not : callable
        From a program to what of it the format lacks, or None.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    write: Callable[[Draft], Mapping[str, bytes]]
    why_not: Callable[[Program], str | None]
    tolerance: Mapping[str, float]


def identifier(text: str) -> str:
    """Return text as a name in C, Python, JavaScript and SQL alike."""
    word = re.sub(r"\W", "_", text, flags=re.ASCII)
    return word if word and not word[0].isdigit() else f"_{word}"


def identifiers(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return a name for each text, all different."""
    taken: dict[str, str] = {}
    for text in texts:
        name = plain = identifier(text)
        count = 2
        while name.lower() in taken:
            name, count = f"{plain}_{count}", count + 1
        taken[name.lower()] = name
    return tuple(taken.values())


def free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken: this one, or with a line or more at its end."""
    while name in taken:
        name += "_"
    return name


def lacking(program: Program, known: tuple[type[Step], ...]) -> str | None:
    """Return the kind of the first step that is not among the known, if there is one."""
    return next((type(step).__name__ for step in program.steps if not isinstance(step, known)), None)


def golden_json(draft: Draft) -> dict[str, Any]:
    """Return the golden rows as plain data; a missing cell is None."""
    golden = draft.golden
    rows = golden.rows if isinstance(golden.rows, dict) else golden.rows.tolist()
    if isinstance(rows, dict):
        rows = {name: [None if cell != cell or cell == "" else cell for cell in cells] for name, cells in rows.items()}
    decision = None if golden.decision is None else golden.decision.tolist()
    return {"rows": rows, "values": golden.values.astype(np.float64).tolist(), "decision": decision}


def quoted(text: object) -> str:
    """Return text in double quotes, as JSON, Python and JavaScript read it."""
    return json.dumps(text)
