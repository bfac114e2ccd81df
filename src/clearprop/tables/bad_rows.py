"""Bad rows: an error on the first, or set aside into a file of rejects. Never a silent skip."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from clearprop.errors import DataError, UsageError, unknown_name

POLICIES = ("error", "quarantine")
MAX_BAD = 0.001


@dataclass
class BadRows:
    """What is wrong with the rows of one file, and what is to happen with them.

    Parameters
    ----------
    policy : {"error", "quarantine"}
    max_bad : float
        Share of all rows that may be set aside.
    path : Path or None
        The file of rejects.
    """

    policy: str
    max_bad: float
    path: Path | None
    lines: dict[int, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise unknown_name("policy for bad rows", self.policy, POLICIES)
        if not 0 <= self.max_bad <= 1:
            raise UsageError(f"max_bad is a share between 0 and 1, got {self.max_bad!r}; 0.001 is 0.1 %.")

    @property
    def quarantine(self) -> bool:
        """Whether bad rows are set aside."""
        return self.policy == "quarantine"

    def add_line(self, source: str, line: int, problem: str, text: str) -> None:
        """Take note of a bad line, or raise."""
        if not self.quarantine:
            raise DataError(f"{source}:{line}: {problem}. Fix the line, or pass --bad-rows quarantine.")
        self.lines[line] = problem, text

    def check_share(self, source: str, n_bad: int, n_all: int) -> None:
        """Refuse a file in which too many rows are bad."""
        if n_bad > self.max_bad * n_all:
            first = min(self.lines)
            raise DataError(
                f"{n_bad} of {n_all} rows of {source} are bad ({n_bad / n_all:.2%}), more than the {self.max_bad:.2%} "
                f"that --max-bad allows; the first is line {first}: {self.lines[first][0]}. "
                "Fix them, or raise --max-bad."
            )

    def write(self) -> str | None:
        """Write the file of rejects (line, reason, text) and return its name; None if there is nothing to write."""
        if not self.lines or self.path is None:
            return None
        with self.path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "reason", "text"])
            writer.writerows([line, *self.lines[line]] for line in sorted(self.lines))
        return str(self.path)


def cell_advice(text: str) -> str:
    """Say what one can do about a cell."""
    quoted = f'"{text}"' if " " in text or not text else text
    return f"Fix the cell, or pass --na {quoted}, or --bad-rows quarantine."
