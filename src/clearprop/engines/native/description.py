"""From the frozen descriptions to what the native core understands, and what of them it does not."""

from __future__ import annotations

import operator
from math import inf
from typing import Any

from clearprop.engines.native.core import core
from clearprop.equations._tables import field_names
from clearprop.equations.losses import Loss
from clearprop.equations.optimizers import RULES, Lookahead, Rule
from clearprop.equations.stages import STAGES, Stage
from clearprop.model.network import Dense, Network
from clearprop.model.objective import Objective

_KNOWN = {
    Dense: {"units", "activation", "dropout", "bias", "init", "max_norm", "learning_rate", "frozen"},
    Network: {"inputs", "layers", "objective"},
    Objective: {"loss", "l1", "l2", "penalize_bias", "reduction", "penalty_per_row"},
}
_RULE_OPTIONS = {"learning_rate", "weight_decay", "clip_norm", "clip_value"}


def why_not(network: Network) -> str | None:
    """Return the first part of the description the core does not know, or None.

    What the core knows stands in closed tables; a name or an option that was added on the Python side only is
    therefore answered by name here, and never silently ignored.
    """
    loss = network.objective.loss
    for layer in network.layers:
        if layer.activation not in core.ACTIVATIONS:
            return f"the activation {layer.activation!r}"
    if loss.name not in core.LOSSES:
        return f"the loss {loss.name!r}"
    return (
        _unknown_option(loss, f"the loss {loss.name!r}", set(core.LOSSES[loss.name]))
        or _unknown_option(network, "a network", _KNOWN[Network])
        or next(filter(None, map(_unknown_stage, network.inputs.stages)), None)
        or _unknown_option(network.objective, "the objective", _KNOWN[Objective])
        or next(filter(None, (_unknown_option(layer, "a layer", _KNOWN[Dense]) for layer in network.layers)), None)
    )


def fuses(rule: Rule) -> bool:
    """Whether the core updates by this rule itself, with every option that is set; lookahead around any such rule."""
    if RULES.get(rule.name) is not type(rule):
        return False
    if isinstance(rule, Lookahead):
        known = _RULE_OPTIONS | {"rule", *core.LOOKAHEAD}
        return fuses(rule.rule) and not _unknown_option(rule, rule.name, known)
    known = _RULE_OPTIONS | set(core.RULES.get(rule.name, ()))
    return rule.name in core.RULES and not _unknown_option(rule, rule.name, known)


def describe(network: Network, rule: Rule, seed: int) -> core.Network:
    """Return the network and its training as the core takes them."""
    objective = network.objective
    around, inner = (rule, rule.rule) if isinstance(rule, Lookahead) else (None, rule)
    return core.Network(
        [(stage.name, _options(stage, core.STAGES)) for stage in network.inputs.stages],
        [_layer(layer) for layer in network.layers],
        {
            "loss": objective.loss.name,
            "options": _options(objective.loss, core.LOSSES),
            "l1": objective.l1,
            "l2": objective.l2,
            "penalize_bias": objective.penalize_bias,
            "mean": objective.reduction == "mean",
            "penalty_per_row": objective.penalty_per_row,
        },
        {
            "rule": inner.name,
            "options": _options(inner, core.RULES),
            "weight_decay": float(rule.weight_decay),
            "clip_norm": _limit(rule.clip_norm),
            "clip_value": _limit(rule.clip_value),
            "period": around.period if around else 0,
            "share": around.share if around else 0.0,
        },
        operator.index(seed) & 0xFFFFFFFFFFFFFFFF,  # NumPy's integers would overflow
    )


def _layer(layer: Dense) -> dict[str, Any]:
    return {
        "units": layer.units,
        "activation": layer.activation,
        "dropout": float(layer.dropout),
        "bias": layer.bias,
        "max_norm": _limit(layer.max_norm),
        "learning_rate": float(layer.learning_rate),
        "frozen": layer.frozen,
    }


def _unknown_stage(stage: Stage) -> str | None:
    """Return the stage, or the first of its options, that is not known; or None."""
    if STAGES.get(stage.name) is not type(stage) or stage.name not in core.STAGES:
        return f"the input stage {stage.name!r}"
    return _unknown_option(stage, f"the input stage {stage.name!r}", set(core.STAGES[stage.name]))


def _options(described: Loss | Rule | Stage, table: dict[str, tuple[str, ...]]) -> list[float]:
    return [float(getattr(described, option)) for option in table[described.name]]


def _limit(value: float | None) -> float:
    return inf if value is None else float(value)


def _unknown_option(described: Any, what: str, known: set[str]) -> str | None:
    """Return the first option that is not known and not switched off."""
    for name in field_names(type(described)):
        if name not in known and getattr(described, name) not in (None, False, 0):
            return f"the option {name!r} of {what}"
    return None
