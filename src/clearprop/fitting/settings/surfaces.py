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
    by_effort : set of str
        Settings that an effort chooses where they are left out, at None.
    """

    name: str
    words: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    by_effort: frozenset[str] = frozenset()
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
        if one.name not in self.by_effort:
            return replace(one, default=default, kind=kind)
        quick = f"by the effort, quick takes {_as_words(one.default)}"
        if one.default is None and one.chosen:  # quick leaves it to something else
            quick = f"by the effort, with quick {one.chosen}"
        if one.name in self.defaults:  # it has a word for "left out", since None means something
            return replace(one, default=default, kind=kind, chosen=quick)
        return replace(one, default=None, kind=kind if one.default is None else optional(kind), chosen=quick)

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

BY_EFFORT = frozenset(
    {
        "hidden", "activation", "dropout", "bins", "root_rates", "optimizer", "learning_rate", "schedule", "averaging",
        "clamp", "members", "n_epochs", "patience", "l2",
    }
)  # fmt: skip
"""Settings that an effort chooses; `clearprop.fitting.efforts` says how."""

_PATIENCE = either(optional(whole(1)), "auto", words='"auto"')

ON_TABLES = Surface(
    TABLE,
    {"seed": "random_state"},
    defaults={"patience": "auto"},
    kinds={"patience": _PATIENCE},
    by_effort=BY_EFFORT,
)

ON_COMMANDS = Surface(
    COMMAND,
    {"n_epochs": "epochs", "n_evaluations": "evaluations", "n_threads": "threads"},
    defaults={"patience": "auto"},
    kinds={"class_weight": optional(one_of("balanced")), "patience": _PATIENCE},
    by_effort=BY_EFFORT,
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


def _as_words(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def keep_arguments(estimator: object, arguments: dict[str, object]) -> None:
    """Keep every argument of the constructor, untouched, as an attribute of its name."""
    for name, value in arguments.items():
        if name != "self":
            setattr(estimator, name, value)
