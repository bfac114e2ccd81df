"""Looks: at which steps a recorder keeps the state, dense early and ever rarer."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.errors import UsageError

DENSEST = 16
"""States kept while the number of steps doubles, where the budget allows."""


@dataclass(frozen=True)
class Looks:
    """Which steps are kept: all below `density`, then as many again while the number of steps doubles.

    Parameters
    ----------
    density : int
        A power of two; 0 keeps nothing but the beginning and the end.
    """

    density: int

    @classmethod
    def within(cls, n_states: int, n_steps: int) -> Looks:
        """Return the densest of which so many states suffice for so many steps, the beginning and the end included.

        Raises
        ------
        UsageError
            If there is no room for the two.
        """
        if n_states < 2:
            raise UsageError(
                "the budget of the recording does not hold two states of this network; give it more megabytes."
            )
        density = DENSEST
        while density and cls(density).count(n_steps) > n_states:
            density //= 2
        return cls(density)

    def stride(self, step: int) -> int:
        """Return how far apart the steps that are kept lie around a step."""
        return max(1, 1 << (step // self.density).bit_length() - 1) if step >= self.density else 1

    def after(self, step: int) -> int | None:
        """Return the first step above `step` that is kept; None if there is none."""
        if not self.density:
            return None
        stride = self.stride(step)
        return (step // stride + 1) * stride

    def count(self, n_steps: int) -> int:
        """Return how many states a run of so many steps has, the beginning and the end included."""
        if not self.density:
            return 2
        step, count = 0, 2
        while step < n_steps:
            stride = self.stride(step)
            upper = min(n_steps, max(step + 1, self.density * stride * 2))
            count += -(-(upper - step) // stride)
            step = upper
        return count
