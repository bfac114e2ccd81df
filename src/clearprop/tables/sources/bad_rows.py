"""Bad rows: an error on the first, or set aside into a file of rejects. Never a silent skip."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from clearprop.errors import DataError, UsageError, WriteError, unknown_name
from clearprop.tables.columns.names import counted
from clearprop.tables.table import Table

POLICIES = ("error", "quarantine")
MAX_BAD = 0.001
WHAT = {"number": "a number", "date": "a date", "boolean": "one of two words"}


@dataclass
class BadRows:
    """What is wrong with the rows of one source, and what is to happen with them.

    Parameters
    ----------
    source : str
    policy : {"error", "quarantine"}
    max_bad : float
        Share of all rows that may be set aside.
    rejects : str, Path or None
        The file of rejects; None names it after the source, in the working folder.
    line_of : callable or None
        From a row to its line.
    """

    source: str
    policy: str
    max_bad: float
    rejects: str | Path | None = None
    line_of: Callable[[int], int] | None = None
    lines: dict[int, tuple[str, str]] = field(default_factory=dict)
    cells: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise unknown_name("policy for bad rows", self.policy, POLICIES)
        if not 0 <= self.max_bad <= 1:
            raise UsageError(f"max_bad is a share between 0 and 1, got {self.max_bad!r}; 0.001 is 0.1 %.")

    @property
    def path(self) -> Path:
        """The file of rejects; asked for where there are some, since every Path interns the parts of its name."""
        return Path(self.rejects or Path(self.source.removesuffix(".gz")).with_suffix(".rejects.csv"))

    def add_line(self, line: int, problem: str, text: str) -> None:
        """Take note of a line that is no row at all, or raise."""
        if self.policy == "error":
            raise DataError(f"{self.source}:{line}: {problem}. Fix the line, or pass --bad-rows quarantine.")
        self.lines[line] = problem, text

    def add_cell(self, row: int, name: str, cell: str, kind: str) -> None:
        """Take note of a cell that is not of its column's kind, or raise."""
        problem = f'"{shortened(cell)}" is not {WHAT[kind]}'
        if self.policy == "error":
            raise Table(self.source, {}, 0, line_of=self.line_of).cell_error(row, name, problem, self._advice(cell))
        self.cells[row].append(f'column "{name}": {problem}')

    def leave_out(self, table: Table, text_of: Callable[[set[int]], dict[int, str]]) -> Table:
        """Return the table without its bad rows, which are now in the file of rejects.

        Parameters
        ----------
        text_of : callable
            From places (lines, or rows where there are no lines) to the text there.

        Raises
        ------
        DataError
            If they are more than `max_bad` allows.
        """
        places = {(self.line_of(row) if self.line_of else row): problems for row, problems in self.cells.items()}
        texts = text_of(set(places)) if places else {}
        rejects = self.lines | {place: ("; ".join(found), texts.get(place, "")) for place, found in places.items()}
        if not rejects:
            return table
        self._check_share(rejects, table.n_rows + len(self.lines))
        self._write(rejects)
        kept = np.ones(table.n_rows, dtype=bool)
        kept[list(self.cells)] = False
        note = f"{counted(len(rejects), 'bad row')} set aside into {self.path}."
        return replace(
            table.take(np.flatnonzero(kept)) if self.cells else table,
            notes=(*table.notes, note),
            n_rejected=len(rejects),
            rejects=str(self.path),
        )

    def _advice(self, cell: str) -> str:
        if self.line_of is None:
            return f'Fix the cell, or pass na=["{shortened(cell)}"], or bad_rows="quarantine".'
        return f"Fix the cell, or pass --na {_quoted(shortened(cell))}, or --bad-rows quarantine."

    def _check_share(self, rejects: dict[int, tuple[str, str]], n_all: int) -> None:
        if len(rejects) > self.max_bad * n_all:
            first = min(rejects)
            place = f"{self.source}:{first}" if self.line_of else f"{self.source}, row {first}"
            raise DataError(
                f"{counted(len(rejects), 'bad row')} among {n_all} of {self.source}: {len(rejects) / n_all:.2%}, more "
                f"than the {self.max_bad:.2%} that --max-bad allows. The first is {place}, {rejects[first][0]}. "
                "Fix them, or raise --max-bad."
            )

    def _write(self, rejects: dict[int, tuple[str, str]]) -> None:
        try:
            with self.path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["line" if self.line_of else "row", "reason", "text"])
                writer.writerows([place, *rejects[place]] for place in sorted(rejects))
        except OSError as error:
            reason = error.strerror or error
            raise WriteError(
                f"the rejects could not be written to {self.path}: {reason}; name another file."
            ) from error


def shortened(text: str, most: int = 60) -> str:
    """Return the text, cut if it is too long for a message."""
    return text if len(text) <= most else text[: most - 3] + "..."


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
