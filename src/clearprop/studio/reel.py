"""Reel: the frames of a run that is being trained, few enough for a page."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

KEPT = 12  # frames at either end that are never thinned


@dataclass(eq=False)
class Reel:
    """Frames in the order of their steps.

    Attributes
    ----------
    most : int
        How many it holds; of more, every other one is dropped, but for those at either end.
    steps, epochs : list of int
    frames : list of float32 array
    """

    most: int
    steps: list[int] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    frames: list[NDArray[np.float32]] = field(default_factory=list)

    def put(self, step: int, epoch: int, frame: NDArray[np.float32]) -> None:
        """Put a frame in its place, over one of the same step."""
        k = bisect_left(self.steps, step)
        same = slice(k, k + (step in self.steps[k : k + 1]))
        self.steps[same], self.epochs[same], self.frames[same] = [step], [epoch], [frame]
        if len(self.steps) > self.most:
            self._thin()

    def cut(self, step: int) -> None:
        """Drop what is after so many steps."""
        after = bisect_left(self.steps, step + 1)
        del self.steps[after:], self.epochs[after:], self.frames[after:]

    def drop(self, step: int) -> None:
        """Drop the frame of one step, where there is one."""
        self._keep([k for k, own in enumerate(self.steps) if own != step])

    def _thin(self) -> None:
        n = len(self.steps)
        self._keep([k for k in range(n) if k % 2 == 0 or k < KEPT or k >= n - KEPT])

    def _keep(self, kept: list[int]) -> None:
        self.steps, self.epochs = [self.steps[k] for k in kept], [self.epochs[k] for k in kept]
        self.frames = [self.frames[k] for k in kept]
