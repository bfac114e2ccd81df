"""Update rules: `rule` says what one is; the others are the rules themselves. `RULES` has them all by name."""

from __future__ import annotations

from typing import Any

from clearprop.equations._tables import build
from clearprop.equations.optimizers.adam import Adam, AdamW, AMSGrad, Lion, Nadam, RAdam
from clearprop.equations.optimizers.classic import SGD, Adadelta, Adagrad, Momentum, Nesterov, RMSprop, Rprop
from clearprop.equations.optimizers.lookahead import Lookahead
from clearprop.equations.optimizers.muon import Muon
from clearprop.equations.optimizers.rule import Rule, Slots
from clearprop.equations.optimizers.schedule_free import ScheduleFreeAdamW

__all__ = [
    "RULES",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Lion",
    "Lookahead",
    "Momentum",
    "Muon",
    "Nadam",
    "Nesterov",
    "RAdam",
    "RMSprop",
    "Rprop",
    "Rule",
    "ScheduleFreeAdamW",
    "Slots",
    "get_rule",
]

RULES: dict[str, type[Rule]] = {
    rule.name: rule
    for rule in (
        SGD, Momentum, Nesterov, Adagrad, RMSprop, Adadelta, Adam, AdamW, AMSGrad, Nadam, RAdam, Lion, Muon, Rprop,
        Lookahead, ScheduleFreeAdamW,
    )
}  # fmt: skip


def get_rule(name: str, **options: Any) -> Rule:
    """Return the update rule of that name with its options set.

    Raises
    ------
    UsageError
        If there is no such rule, or the rule has no such option.
    """
    return build("optimizer", RULES, name, options)
