"""How commands read the rows they are given: the three options of it, and the rows of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from clearprop.cli._options import with_settings
from clearprop.cli.output import as_word, note
from clearprop.fitting.settings import Settings

if TYPE_CHECKING:
    from clearprop.tables import Table


@dataclass(frozen=True)
class Reading:
    """The options as they were given; None and () where they were not."""

    WORDS: ClassVar = ("na", "bad_rows", "max_bad")

    na: tuple[str, ...]
    bad_rows: str | None
    max_bad: float | None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Return those among the settings that were given."""
        return cls(tuple(given.get("na", ())), given.get("bad_rows"), given.get("max_bad"))

    def given(self) -> dict[str, Any]:
        """Return them as a configuration takes them: None where they were not given."""
        return {"na": self.na or None, "bad_rows": self.bad_rows, "max_bad": self.max_bad}

    def options(self) -> dict[str, Any]:
        """Return those that were given, as `read_table` takes them."""
        return {name: value for name, value in self.given().items() if value is not None}

    def as_words(self) -> str:
        """Return those that were given as a command line has them, each after a blank."""
        pairs: list[tuple[str, Any]] = [("--na", spelling) for spelling in self.na]
        pairs += [("--bad-rows", self.bad_rows), ("--max-bad", self.max_bad)]
        return "".join(f" {option} {as_word(value)}" for option, value in pairs if value is not None)


_STREAM_ABOVE = 16 << 20  # bytes: rows that pass once need no memory of their own
_MEMORY = "64MB"

with_reading = with_settings(Settings, lambda word, _: word in Reading.WORDS)
"""Give a command the three options."""


@contextmanager
def rows_for(
    model: Any, data: str, how: Reading, *, keep_empty: bool = True, in_memory: bool = False
) -> Iterator[Table]:
    """Read rows as the rows a model was trained on were read; a streamed table leaves the disk at the end.

    Raises
    ------
    ClearpropError
        Whatever reading the table raises.
    """
    from clearprop.estimators.streaming import closing, open_table

    options = how.options() | {"na": (*model.na, *how.na)}
    table = open_table(
        data,
        False if in_memory else model.stream,
        above=_STREAM_ABOVE,
        memory=_MEMORY,
        kinds=model.schema_.kinds,
        keep_empty=keep_empty,
        **options,
    )
    for remark in table.notes:
        note(f"note: {remark}")
    with closing(table, data):
        yield table


def places(table: Table) -> tuple[str, list[int]]:
    """Return where the rows of a table stand in its file: by lines if it has lines, else by rows, from 0."""
    rows = (np.arange(len(table)) if table.origin is None else table.origin).tolist()
    return ("row", rows) if table.line_of is None else ("line", [table.line_of(row) for row in rows])
