"""How the caller wants a source to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clearprop.errors import UsageError
from clearprop.tables.sources.bad_rows import MAX_BAD, BadRows


@dataclass(frozen=True)
class Options:
    """The keyword arguments of `read_table`; see there."""

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
        if isinstance(self.na, str):
            raise UsageError(f"na must be a list of spellings, got the text {self.na!r}; write na=[{self.na!r}].")
        object.__setattr__(self, "na", tuple(self.na))
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

    def collector(self, source: str) -> BadRows:
        """Return the collector of bad rows for one source; by default the rejects go into the working folder."""
        return BadRows(source, self.bad_rows, self.max_bad, self.rejects)
