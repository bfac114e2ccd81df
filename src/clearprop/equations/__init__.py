"""Equations: the mathematics, as pure functions of arrays. See README.md; the heart is `backprop`."""

from clearprop.equations.activations import ACTIVATIONS, Activation, get_activation
from clearprop.equations.initializers import INITIALIZERS
from clearprop.equations.losses import LOSSES, Loss, get_loss
from clearprop.equations.optimizers import RULES, Rule, get_rule
from clearprop.equations.schedules import SCHEDULES, Schedule, get_schedule

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LOSSES",
    "RULES",
    "SCHEDULES",
    "Activation",
    "Loss",
    "Rule",
    "Schedule",
    "get_activation",
    "get_loss",
    "get_rule",
    "get_schedule",
]
