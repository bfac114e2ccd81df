"""Turns that a machine gave all of itself for.

A virtual machine with busy neighbours gives half of itself for some seconds, then all again. Whatever is measured in
such a spell says nothing of who was measured, so a turn counts only if all processors reached their peak before it and
after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from clearprop.engines.native.core import core
from clearprop.engines.native.threads import available_threads

T = TypeVar("T")

ENOUGH = 0.9  # of the best peak seen
TRIES, PAUSE = 40, 1.0  # how often a turn is repeated at most, and seconds before that


class Machine:
    """The peak of all processors, in operations of float32 per second, and which turns were taken at it."""

    def __init__(self) -> None:
        self.peak = 0.0
        self.n_turns = self.n_repeated = 0
        for _ in range(10):
            self._is_whole()

    def undisturbed(self, turn: Callable[[], T]) -> T:
        """Return what a turn found that was not disturbed; the last one where all were."""
        self.n_turns += 1
        for _ in range(TRIES):
            before, found, after = self._is_whole(), turn(), self._is_whole()
            if before and after:
                break
            self.n_repeated += 1
            time.sleep(PAUSE)
        return found

    def __str__(self) -> str:
        return f"{self.n_repeated} turns in bad spells of the machine were repeated, {self.n_turns} counted."

    def _is_whole(self) -> bool:
        now = core.peak(available_threads()) if core is not None else 0.0
        self.peak = max(self.peak, now)
        return now >= ENOUGH * self.peak
