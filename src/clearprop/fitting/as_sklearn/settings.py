"""From the words of the MLP estimators, which are scikit-learn's, to a recipe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from clearprop.equations import RULES, Rule, Schedule, get_rule
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.settings import IN_SKLEARNS_WORDS, SKLEARN_RATES
from clearprop.fitting.settings.spelling import name_and_options
from clearprop.solvers import SOLVERS

SKLEARN_BATCH = 200
"""Rows of a step where batch_size is "auto"."""


def recipe_of(asked: Mapping[str, Any], seed: int, kind: type[Recipe]) -> Recipe:
    """Return settings, read by the recipe's names and in scikit-learn's spelling, as a recipe of some kind."""
    return kind(
        **dict(asked)
        | {
            "hidden": hidden_sizes(asked["hidden"]),
            "activation": _ours(asked["activation"]),
            "optimizer": asked["optimizer"] if takes_all_rows(asked["optimizer"]) else _rule(asked),
            "l2": _l2(asked["optimizer"], asked["l2"]),
            "learning_rate": None,  # the rule has it
            "schedule": "constant" if _is_sklearns(asked["schedule"]) else asked["schedule"],
            "batch_size": SKLEARN_BATCH if asked["batch_size"] == "auto" else asked["batch_size"],
            "seed": seed,
            "penalty_per_row": True,
            "outputs_named": True,
        }
    )


def rates_of(solver: str | Rule, learning_rate: str | Schedule) -> str:
    """Return which of scikit-learn's rules changes the rate between epochs; its adam does not look at them."""
    follows = _is_sklearns(learning_rate) and not (isinstance(solver, str) and solver == "adam")
    return str(learning_rate) if follows else "constant"


def takes_all_rows(solver: object) -> bool:
    """Return whether a solver is one of all rows at once, such as lbfgs."""
    return isinstance(solver, str) and solver in SOLVERS


def hidden_sizes(hidden_layer_sizes: Any) -> tuple[int, ...]:
    """Return the number of units of each hidden layer; a number stands for one layer of that many."""
    sizes = hidden_layer_sizes if isinstance(hidden_layer_sizes, Iterable) else [hidden_layer_sizes]
    return tuple(int(size) for size in sizes)


def our_name(activation: str) -> str:
    """Return clearprop's name of an activation."""
    return "sigmoid" if activation == "logistic" else activation


def _l2(solver: object, alpha: float) -> float:
    """Return the penalty's strength; trainbr finds its own where scikit-learn's default was left as it is."""
    return 0.0 if solver == "trainbr" and alpha == IN_SKLEARNS_WORDS.defaults["l2"] else alpha


def _ours(activation: str | Iterable[str]) -> str | tuple[str, ...]:
    return our_name(activation) if isinstance(activation, str) else tuple(map(our_name, activation))


def _is_sklearns(schedule: str | Schedule) -> bool:
    """Return whether a schedule is one of scikit-learn's three: a constant that rules change between epochs."""
    return isinstance(schedule, str) and schedule in SKLEARN_RATES


def _rule(asked: Mapping[str, Any]) -> Rule:
    """Return the update rule a solver stands for, with the options that other settings give it."""
    if isinstance(asked["optimizer"], Rule):
        return asked["optimizer"]
    name, options = name_and_options(asked["optimizer"])
    if name == "sgd":
        name = "nesterov" if asked["nesterovs_momentum"] else "momentum"
    given = {
        "learning_rate": asked["learning_rate"],
        "momentum": asked["momentum"],
        "beta1": asked["beta_1"],
        "beta2": asked["beta_2"],
        "epsilon": asked["epsilon"],
    }
    known = {field.name for field in fields(RULES[name])}
    return get_rule(name, **{option: value for option, value in given.items() if option in known} | options)
