"""How commands read the rows they are given: the options of it, and the rows of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from clearprop.cli._file_options import OF_READING, as_options
from clearprop.cli._options import spelled, with_settings
from clearprop.cli.output import as_word, note
from clearprop.fitting.settings import ON_COMMANDS, Settings

if TYPE_CHECKING:
    from clearprop.answering.table import AnsweringTable
    from clearprop.tables import Table


@dataclass(frozen=True)
class Reading:
    """The options of reading as they were given; nothing where they were not.

    Attributes
    ----------
    settings : dict
        By the words of the command line.
    """

    WORDS: ClassVar = OF_READING

    settings: Mapping[str, Any]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Return those among the settings that were given."""
        return cls({word: given[word] for word in OF_READING if given.get(word) not in (None, ())})

    def given(self) -> dict[str, Any]:
        """Return them as a configuration takes them."""
        return dict(self.settings)

    def options(self) -> dict[str, Any]:
        """Return those that were given, as `read_table` takes them."""
        return as_options(self.settings)

    def beside(self, model: AnsweringTable, own: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
        """Return them beside those a model was trained with, and further ones of its own."""
        given = self.options()
        weights = {} if model.weights is None else {str(model.weights): "number"}  # the one number that is no feature
        kinds, na = model.schema_.kinds | weights | given.pop("kinds", {}), (*model.na, *given.pop("na", ()))
        options: dict[str, Any] = model.reader().file_options | dict(own) | given | {"na": na, "kinds": kinds}
        return options

    def as_words(self) -> str:
        """Return those that were given as a command line has them, each after a blank."""
        known = ON_COMMANDS.settings(Settings)
        pairs = (spelled(word, known[word], value) for word, value in self.settings.items())
        return "".join(f" {part if part.startswith('--') else as_word(part)}" for parts in pairs for part in parts)


def understood_as(table: Table) -> str:
    """Return the options that would have said how a file is written; "" of what has no such options."""
    settings = {word: value for word, value in table.understood.items() if word != "kinds"}
    if settings.get("delimiter") == "\t":
        settings["delimiter"] = "\\t"
    kinds = tuple(f"{name}={spec}" for name, spec in table.understood.get("kinds", {}).items())
    return Reading(settings | ({"kind": kinds} if kinds else {})).as_words().strip()


with_reading = with_settings(Settings, lambda word, _: word in OF_READING)
"""Give a command the options of reading."""


@contextmanager
def rows_for(
    model: AnsweringTable, data: str, how: Reading, *, keep_empty: bool = True, in_memory: bool = False,
    as_text: Sequence[str] = (),
) -> Iterator[Table]:  # fmt: skip
    """Read rows as the rows a model was trained on were read; a streamed table leaves the disk at the end.

    Columns are read `as_text` though the model may know them as numbers: then 007 is carried along as 007.

    Raises
    ------
    ClearpropError
        Whatever reading the table raises.
    """
    from clearprop.fitting.streaming import closing, open_table

    options = how.beside(model)
    options["kinds"] |= dict.fromkeys(as_text, "category")
    table = open_table(
        data, False if in_memory else model.stream, once=True, keep_empty=keep_empty, **options
    )  # fmt: skip
    for remark in table.notes:
        note(f"note: {remark}")
    with closing(table, data):
        yield table


def places(table: Table) -> tuple[str, list[int]]:
    """Return where the rows of a table stand in its file: by lines if it has lines, else by rows, from 0."""
    rows = (np.arange(len(table)) if table.origin is None else table.origin).tolist()
    return ("row", rows) if table.line_of is None else ("line", [table.line_of(row) for row in rows])
