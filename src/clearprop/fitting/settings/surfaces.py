"""Surfaces: who shows the settings to users, in which words, and with which defaults.

The recipe's own words are those of the table estimators; scikit-learn has others for the MLP estimators, and the
command line some shorter ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from clearprop.fitting.settings import known
from clearprop.fitting.settings.kinds import Kind, either, named, number, one_of, optional, per_layer, whole
from clearprop.fitting.settings.setting import COMMAND, MLP, TABLE, Setting, settings_of


@dataclass(frozen=True, eq=False)
class Surface:
    """Whom settings are shown to.

    Attributes
    ----------
    name : str
    words : dict of str to str
        What it calls a setting, where that is not the recipe's word.
    defaults : dict of str to object
        Its defaults, where they are not the recipe's.
    kinds : dict of str to Kind
        What it takes, where that is not what the recipe takes.
    without : set of str
        Settings it does not show.
    """

    name: str
    words: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    _made: dict[type, Mapping[str, Setting]] = field(default_factory=dict, init=False, repr=False)

    def settings(self, declared: type) -> Mapping[str, Setting]:
        """Return the settings it shows, by its own words for them."""
        if declared not in self._made:
            shown = [one for one in settings_of(declared).values() if self.shows(one)]
            self._made[declared] = MappingProxyType(
                {self.words.get(one.name, one.name): self._own(one) for one in shown}
            )
        return self._made[declared]

    def _own(self, one: Setting) -> Setting:
        default, kind = self.defaults.get(one.name, one.default), self.kinds.get(one.name, one.kind)
        return replace(one, default=default, kind=kind)

    def shows(self, one: Setting) -> bool:
        """Return whether a setting is one for it."""
        return self.name in one.where and one.name not in self.without

    def read(self, declared: type, source: Any) -> dict[str, Any]:
        """Return the settings of an object that has them as attributes, checked, by the recipe's names.

        A setting it has no attribute for is left out.

        Raises
        ------
        UsageError
            Naming the first that has no meaning, what it may be, and what came.
        """
        values = {}
        for word, one in self.settings(declared).items():
            if hasattr(source, word):
                value = getattr(source, word)
                if not one.kind.holds(value):
                    one.kind.check(f"{type(source).__name__}: {word}", value)
                values[one.name] = value
        return values


_FLAG_OR_COUNT = Kind(
    "be True, False or a whole number",
    lambda v: isinstance(v, int | np.integer | np.bool_) and bool(v >= 0),
    "true or false",
)
_ENDLESS = replace(either(whole(1), float("inf"), words="np.inf"), must="be 1 or more, or np.inf")


def _units(value: Any) -> bool:
    return all(map(whole(1).holds, value if np.iterable(value) else [value]))


def _losses() -> tuple[str, ...]:
    return ("log_loss", *known.losses())


def _rates() -> tuple[str, ...]:
    return (*SKLEARN_RATES, *known.schedules())


def _activations() -> tuple[str, ...]:
    return ("logistic", *known.activations())


def _solvers() -> tuple[str, ...]:
    return tuple(known.optimizers())


SKLEARN_RATES = ("constant", "invscaling", "adaptive")
"""What scikit-learn calls a learning rate's schedule."""

ON_TABLES = Surface(TABLE, {"seed": "random_state"})

ON_COMMANDS = Surface(
    COMMAND,
    {"n_epochs": "epochs", "n_evaluations": "evaluations", "n_threads": "threads"},
    kinds={"class_weight": optional(one_of("balanced"))},
)

IN_SKLEARNS_WORDS = Surface(
    MLP,
    words={
        "hidden": "hidden_layer_sizes",
        "l1": "alpha_l1",
        "l2": "alpha",
        "optimizer": "solver",
        "schedule": "learning_rate",
        "learning_rate": "learning_rate_init",
        "n_epochs": "max_iter",
        "n_evaluations": "max_fun",
        "patience": "n_iter_no_change",
        "min_delta": "tol",
        "validation": "validation_fraction",
        "seed": "random_state",
    },
    defaults={
        "hidden": (100,),
        "l2": 0.0001,
        "learning_rate": 0.001,
        "batch_size": "auto",
        "n_evaluations": 15000,
        "patience": 10,
        "min_delta": 1e-4,
        "validation": 0.1,
        "precision": None,
        "seed": None,
    },
    kinds={
        "activation": per_layer(
            named("activation", _activations, options=True), "be the name of an activation, or one per hidden layer"
        ),
        "hidden": Kind("be > 0, one whole number for each hidden layer", _units, "list of whole numbers"),
        "l2": number(least=0),
        "learning_rate": number(above=0),
        "batch_size": either(whole(1), "auto", words='"auto"'),
        "n_evaluations": whole(1),
        "patience": _ENDLESS,
        "loss": named("loss", _losses, known.loss, 'be the name of a loss, or a loss such as get_loss("huber")'),
        "schedule": named("learning_rate", _rates, known.schedule),
        "optimizer": named("solver", _solvers, known.rule),
        "precision": optional(named("precision", known.precisions)),
        "class_weight": Kind('be "balanced", a dict of weights by class, or None', lambda v: True, '"balanced"'),
        "verbose": _FLAG_OR_COUNT,
        "seed": Kind("be a whole number, a RandomState or None", lambda v: True, "whole number"),
    },
)

ON_CLASSES = replace(IN_SKLEARNS_WORDS, defaults={**IN_SKLEARNS_WORDS.defaults, "loss": "log_loss"})
ON_NUMBERS = replace(
    IN_SKLEARNS_WORDS,
    defaults={**IN_SKLEARNS_WORDS.defaults, "loss": "squared_error"},
    without=frozenset({"class_weight", "label_smoothing"}),
)


def keep_arguments(estimator: object, arguments: dict[str, object]) -> None:
    """Keep every argument of the constructor, untouched, as an attribute of its name."""
    for name, value in arguments.items():
        if name != "self":
            setattr(estimator, name, value)
