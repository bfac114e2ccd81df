"""From the words of the MLP estimators, which are scikit-learn's, to a recipe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from clearprop.equations import RULES, Rule, Schedule, get_rule
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.settings import SKLEARN_RATES
from clearprop.fitting.settings.spelling import name_and_options
from clearprop.solvers import SOLVERS

SKLEARN_BATCH = 200
"""Rows of a step where batch_size is "auto"."""


def recipe_of(mlp: Any) -> Recipe:
    """Return the settings of an MLP estimator, checked, as a recipe.

    Raises
    ------
    UsageError
        Naming the first that has no meaning, what it may be, and what came.
    """
    asked: dict[str, Any] = mlp._shown.read(mlp._asked, mlp)
    asked |= {
        "hidden": hidden_sizes(asked["hidden"]),
        "activation": _ours(asked["activation"]),
        "optimizer": asked["optimizer"] if takes_all_rows(mlp) else _rule(asked),
        "learning_rate": None,  # the rule has it
        "schedule": _schedule(asked["schedule"]),
        "batch_size": SKLEARN_BATCH if asked["batch_size"] == "auto" else asked["batch_size"],
        "seed": getattr(mlp, "_seed", 0),
        "penalty_per_row": True,
    }
    recipe: Recipe = mlp._asked(**asked)
    return recipe


def takes_all_rows(mlp: Any) -> bool:
    """Return whether the solver is one of all rows at once, such as lbfgs."""
    return isinstance(mlp.solver, str) and mlp.solver in SOLVERS


def batch_size(setting: int | str, n_rows: int) -> int:
    """Return the rows of a step."""
    return min(SKLEARN_BATCH if setting == "auto" else int(setting), n_rows)


def hidden_sizes(hidden_layer_sizes: Any) -> tuple[int, ...]:
    """Return the number of units of each hidden layer; a number stands for one layer of that many."""
    sizes = hidden_layer_sizes if isinstance(hidden_layer_sizes, Iterable) else [hidden_layer_sizes]
    return tuple(int(size) for size in sizes)


def our_name(activation: str) -> str:
    """Return clearprop's name of an activation."""
    return "sigmoid" if activation == "logistic" else activation


def _ours(activation: Any) -> Any:
    return our_name(activation) if isinstance(activation, str) else tuple(map(our_name, activation))


def _rule(asked: dict[str, Any]) -> Rule:
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


def _schedule(learning_rate: str | Schedule) -> str | Schedule:
    """Return the schedule; scikit-learn's three are a constant that its rules change between epochs."""
    return "constant" if isinstance(learning_rate, str) and learning_rate in SKLEARN_RATES else learning_rate
