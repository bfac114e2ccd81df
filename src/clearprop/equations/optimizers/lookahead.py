"""Lookahead: any rule, pulled back to a slow copy of its weights every few steps."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.optimizers.adam import Adam
from clearprop.equations.optimizers.rule import Rule, Slots
from clearprop.equations.optimizers.schedule_free import ScheduleFreeAdamW
from clearprop.equations.slots import Slot
from clearprop.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Lookahead(Rule):
    """Every k steps of a rule: s ← s + α (w − s);  w ← s (Zhang et al. 2019).

    Attributes
    ----------
    rule : Rule
        Takes the steps between. Learning rate, weight decay and limits on the gradient are those of the Lookahead.
    period : int
        k.
    share : float
        α.
    """

    name = "lookahead"
    equation = "every k steps of another rule: s ← s + α (w − s);  w ← s"
    source = "Zhang et al. 2019"
    learning_rate: float = 0.001
    rule: Rule = field(default_factory=Adam)
    period: int = 5
    share: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.rule, Rule) or isinstance(self.rule, Lookahead | ScheduleFreeAdamW):
            raise UsageError(
                f"lookahead: rule must be another update rule, and none that averages by itself, got {self.rule!r}."
            )
        if self.period < 1 or not 0 < self.share <= 1:
            raise UsageError(
                f"lookahead: period must be 1 or more and share in (0, 1], got {self.period!r} and {self.share!r}."
            )
        object.__setattr__(self, "slots", (*self.rule.slots, "slow"))

    def start(self, w: Array) -> Slots:
        return {**self.rule.start(w), "slow": w + 0}

    def prepare(self, parameters: Sequence[Slot]) -> Lookahead:
        prepared = copy.copy(self)
        object.__setattr__(prepared, "rule", self.rule.prepare(parameters))
        return prepared

    def update(self, w: Array, g: Array, slots: Slots, t: int, learning_rate: Any) -> tuple[Array, Slots]:
        w, after = self.rule.update(w, g, slots, t, learning_rate)
        xp, slow = namespace(w), slots["slow"]
        due = xp.asarray(t % self.period == 0)
        slow = xp.where(due, slow + self.share * (w - slow), slow)
        return xp.where(due, slow, w), {**after, "slow": slow}
