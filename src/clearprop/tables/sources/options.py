"""How the caller wants a source to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self, TypedDict

from clearprop.errors import UsageError, closest
from clearprop.tables.sources.bad_rows import MAX_BAD, BadRows


class ReadOptions(TypedDict, total=False):
    """How a source is to be read, as `read_table`, `stream_table` and all that call them take it; see there."""

    na: Sequence[str]
    kinds: Mapping[str, str]
    delimiter: str | None
    header: bool | None
    decimal: str | None
    bad_rows: str
    max_bad: float
    rejects: str | Path | None
    keep_empty: bool
    target: str | None
    dates: str | None
    encoding: str | None
    comment: str | None
    skip: int | None
    sheet: str | int | None
    index_base: int | None
    keep: Sequence[str]
    drop: Sequence[str]
    only: Sequence[str]


@dataclass(frozen=True)
class Options:
    """The options of reading, checked, those left out at their defaults."""

    na: Sequence[str] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    header: bool | None = None
    decimal: str | None = None
    bad_rows: str = "error"
    max_bad: float = MAX_BAD
    rejects: str | Path | None = None
    keep_empty: bool = False
    target: str | None = None
    dates: str | None = None
    encoding: str | None = None
    comment: str | None = None
    skip: int | None = None
    sheet: str | int | None = None
    index_base: int | None = None
    keep: Sequence[str] = ()
    drop: Sequence[str] = ()
    only: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("na", "keep", "drop", "only"):
            object.__setattr__(self, name, _several(name, getattr(self, name)))
        object.__setattr__(self, "kinds", dict(self.kinds or {}))
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\n\r'):
            raise UsageError(f"delimiter must be one sign, such as a comma or a tab, got {self.delimiter!r}.")
        if self.dates not in (None, "day-first", "month-first"):
            raise UsageError(f'dates must be "day-first" or "month-first", got {self.dates!r}.')
        if self.skip is not None and self.skip < 0:
            raise UsageError(f"skip is a number of lines, 0 or more, got {self.skip}.")
        if self.decimal not in (None, ".", ","):
            raise UsageError(f'decimal must be "." or ",", got {self.decimal!r}.')
        if self.index_base not in (None, 0, 1):
            raise UsageError(f"index_base must be 0 or 1, got {self.index_base!r}.")
        if any('"' in spelling for spelling in self.na):
            raise UsageError("a spelling of a missing cell cannot hold a quotation mark.")

    @classmethod
    def of(cls, given: ReadOptions) -> Self:
        """Return the options that were given.

        Raises
        ------
        UsageError
            If there is no such option, or one has no meaning.
        """
        names = [field.name for field in fields(cls)]
        for name in given:
            if name not in names:
                near = closest(name, names)
                guess = f' Did you mean "{near}"?' if near else ""
                raise UsageError(f"a table is read without an option {name!r}.{guess} There are: {', '.join(names)}.")
        return cls(**given)

    def spec(self, name: str) -> str | None:
        """Return the required kind of a column, if any."""
        return self.kinds.get(name, self.kinds.get("*"))

    def collector(self, source: str) -> BadRows:
        """Return the collector of bad rows for one source; by default the rejects go into the working folder."""
        return BadRows(source, self.bad_rows, self.max_bad, self.rejects)


def _several(name: str, words: Sequence[str]) -> tuple[str, ...]:
    if isinstance(words, str):
        raise UsageError(f"{name} must be a list, got the text {words!r}; write {name}=[{words!r}].")
    return tuple(words)
