"""How one column of text is read: as it is required, or as all its cells can be; cells that cannot be are bad."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from clearprop.computed_once import cached_property
from clearprop.tables.sources import sql
from clearprop.tables.sources.deciding import Decision, Signs, decide, decide_plain, keep_apart
from clearprop.tables.sources.readings import Cells, Reading, required

OnBad = Callable[[int, str, str, str], None]
"""What to do with a cell that cannot be read: (row, column, text, kind it should have)."""


@dataclass(frozen=True)
class Rules:
    """How text is to be read: required kinds by name ("*" for all others), and the sign of decimals.

    `exact` says that text was typed as text, as in Python and Parquet: no two cells that differ may become one number,
    while in a text file 2.5 and 2.50 are the same.
    """

    kinds: Mapping[str, str]
    decimal: str
    on_bad: OnBad
    na: Sequence[str] = ()
    told_decimal: bool = False
    dates: str = ""
    exact: bool = False
    target: str = ""  # whose labels are kept besides, in their own way
    seen: list[Signs] = field(default_factory=list)  # of each column of text in memory, for what is common to all

    @cached_property
    def connection(self) -> sql.Connection:
        """A duckdb for labels that are in memory."""
        return sql.connect()

    def spec(self, name: str) -> str | None:
        """Return the required kind of a column, if any."""
        return self.kinds.get(name, self.kinds.get("*"))


@dataclass(frozen=True)
class Tally:
    """How many cells of a column are not missing, are plain numbers, have a point, and may be codes such as 007."""

    cells: int
    numeric: int
    pointed: int
    codes: int = 0


def choose(
    text: Cells, name: str, tally: Tally, sample: Sequence[str], rules: Rules, signs: Signs
) -> tuple[Reading, list[str]]:
    """Return how to read a column, after telling `rules.on_bad` of each cell that cannot be read so."""
    spec = rules.spec(name)
    if spec is not None:
        reading = required(spec)
        decision = Decision(reading, tally.cells - text.total([reading])[1] if reading.sql else 0)
    elif tally.numeric == tally.cells:
        decision = decide_plain(name, sample, signs)
    else:
        decision = decide(name, text, sample, signs)
    if spec is None and (rules.exact or tally.codes) and decision.reading.kind == "number":
        decision = keep_apart(name, text, decision, rules.exact)
    if decision.n_odd:
        for row, cell in text.unreadable(decision.reading):
            rules.on_bad(row, name, cell, decision.reading.kind)
    return decision.reading, list(decision.notes)
