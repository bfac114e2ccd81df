"""Step by step in NumPy: w and the rule's memory, moved by gradients that somebody else computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clearprop.engines.checks import check_learning_rates, check_state
from clearprop.engines.door import Array, Order, State, Steps
from clearprop.engines.request import Request
from clearprop.equations.step import Update, look
from clearprop.model.parameters import Parameters

Evaluate = Callable[[Array, Array], tuple[Any, Any, Array]]
"""From a point (n,) and the numbers of a batch's rows to J, R and ∂J/∂w (n,) there."""


class Stepper:
    """The state of a session whose steps are taken here.

    Attributes
    ----------
    w : array (n,)
        The parameters that predict. A step makes a new array and changes none.
    step : int
        Steps taken so far.
    """

    def __init__(self, request: Request, parameters: Parameters) -> None:
        self._update = Update.of(request.rule, request.network.slots)
        self._memory = request.rule.start(parameters.vector)
        self.w: Array = parameters.vector
        self.step = 0

    def run(self, evaluate: Evaluate, order: Order, learning_rates: Array) -> Steps:
        """Take one step per batch; stop before one whose J or gradient is not finite."""
        found = np.empty((len(order), 3))
        for s, learning_rate in enumerate(check_learning_rates(learning_rates, order)):
            seen = look(_on(evaluate, order.batch(s)), self._update.rule, self.w, self._memory)
            if not seen.finite:
                return Steps(*found[:s].T, refused_at=None if seen.point is self.w else seen.point)
            found[s] = seen.J, seen.R, seen.norm
            self.step += 1
            self.w, self._memory = self._update.advance(
                self.w, seen.g, seen.norm, self._memory, self.step, float(learning_rate)
            )
        return Steps(*found.T)

    def get_state(self) -> State:
        """Return a copy of the state."""
        return State(self.w.copy(), {name: slot.copy() for name, slot in self._memory.items()}, self.step)

    def set_state(self, state: State) -> None:
        """Continue from that state."""
        check_state(state, self._memory, self.w.size)
        dtype = self.w.dtype
        self.w = np.array(state.parameters, dtype)
        self._memory = {name: np.array(slot, dtype) for name, slot in state.slots.items()}
        self.step = state.step


def _on(evaluate: Evaluate, rows: Array) -> Callable[[Array], tuple[Any, Any, Array]]:
    """Return the evaluation on the rows of one batch."""
    return lambda point: evaluate(point, rows)
