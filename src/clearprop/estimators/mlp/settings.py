"""Settings of the MLP estimators: what each constructor argument may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from clearprop.engines import PRECISIONS
from clearprop.equations import ACTIVATIONS, INITIALIZERS, RULES, SCHEDULES, Loss, Rule, Schedule
from clearprop.errors import UsageError, unknown_name
from clearprop.solvers import SOLVERS

SKLEARN_RATES = ("constant", "invscaling", "adaptive")
"""What scikit-learn calls a learning rate's schedule."""


class _Limits(NamedTuple):
    """A test of one argument, and its words."""

    holds: Callable[[Any], bool]
    expected: str


def check_settings(mlp: Any) -> None:
    """Check every constructor argument by itself.

    Raises
    ------
    UsageError
        Naming the argument, what it may be, and what came.
    """
    for name, (holds, expected) in _LIMITS.items():
        value = getattr(mlp, name)
        if not holds(value):
            raise UsageError(f"{type(mlp).__name__}: {name} must be {expected}, got {value!r}.")
    _check_name("solver", mlp.solver, (*RULES, *SOLVERS), Rule)
    _check_name("learning_rate", mlp.learning_rate, (*SKLEARN_RATES, *SCHEDULES), Schedule)
    if mlp.precision is not None:
        _check_name("precision", mlp.precision, PRECISIONS)
    _check_name("on_divergence", mlp.on_divergence, ("restore_best", "raise"))
    _check_name("initializer", mlp.initializer, ("auto", *INITIALIZERS))
    for activation in activations(mlp.activation, 1):
        _check_name("activation", activation, ("logistic", *ACTIVATIONS))
    hidden_sizes(mlp.hidden_layer_sizes)


def takes_all_rows(mlp: Any) -> bool:
    """Return whether the solver is one of all rows at once, such as lbfgs."""
    return isinstance(mlp.solver, str) and mlp.solver in SOLVERS


def batch_size(setting: int | str, n_rows: int) -> int:
    """Return the rows of a step; "auto" is scikit-learn's 200."""
    return min(200 if setting == "auto" else int(setting), n_rows)


def hidden_sizes(hidden_layer_sizes: Any) -> tuple[int, ...]:
    """Return the number of units of each hidden layer; a number stands for one layer of that many.

    Raises
    ------
    UsageError
        If one of them is no whole number of 1 or more.
    """
    sizes = hidden_layer_sizes if isinstance(hidden_layer_sizes, Iterable) else [hidden_layer_sizes]
    sizes = list(sizes)
    if not all(_whole(1).holds(size) for size in sizes):
        raise UsageError(f"hidden_layer_sizes must be > 0, got {sizes}; one whole number per hidden layer.")
    return tuple(int(size) for size in sizes)


def activations(activation: Any, n_hidden: int) -> tuple[str, ...]:
    """Return one name per hidden layer; a single name stands for all of them."""
    return tuple(activation) if _is_list(activation) else (activation,) * n_hidden


def _check_name(kind: str, value: Any, names: Iterable[str], *classes: type) -> None:
    if not isinstance(value, classes) and not (isinstance(value, str) and value in names):
        raise unknown_name(kind, value, names)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str)


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _whole(low: int) -> _Limits:
    return _Limits(
        lambda v: isinstance(v, int | np.integer) and _is_real(v) and bool(v >= low), f"a whole number of {low} or more"
    )


def _or(other: _Limits, words: str, *values: Any) -> _Limits:
    """Return limits that let some single values pass besides."""
    return _Limits(
        lambda v: other.holds(v) or any(v is value or (isinstance(v, str) and v == value) for value in values),
        f"{other.expected}, or {words}",
    )


_NOT_NEGATIVE = _Limits(lambda v: _is_real(v) and v >= 0, "a number of 0 or more")
_POSITIVE = _Limits(lambda v: _is_real(v) and v > 0, "a number above 0")
_SHARE = _Limits(lambda v: _is_real(v) and 0 <= v < 1, "a number in [0, 1)")
_CLOSED_SHARE = _Limits(lambda v: _is_real(v) and 0 <= v <= 1, "a number from 0 to 1")
_FLAG = _Limits(lambda v: isinstance(v, bool | np.bool_), "True or False")
_COUNT = _Limits(lambda v: isinstance(v, int | np.integer | np.bool_) and bool(v >= 0), "True, False or a whole number")

_LIMITS = {
    "loss": _Limits(lambda v: isinstance(v, str | Loss), 'the name of a loss, or a loss such as get_loss("huber")'),
    "alpha": _NOT_NEGATIVE,
    "alpha_l1": _NOT_NEGATIVE,
    "batch_size": _or(_whole(1), '"auto"', "auto"),
    "learning_rate_init": _POSITIVE,
    "power_t": _NOT_NEGATIVE,
    "max_iter": _whole(1),
    "shuffle": _FLAG,
    "tol": _NOT_NEGATIVE,
    "verbose": _COUNT,
    "warm_start": _FLAG,
    "momentum": _CLOSED_SHARE,
    "nesterovs_momentum": _FLAG,
    "early_stopping": _FLAG,
    "validation_fraction": _SHARE,
    "beta_1": _SHARE,
    "beta_2": _SHARE,
    "epsilon": _POSITIVE,
    "n_iter_no_change": _Limits(lambda v: _whole(1).holds(v) or (_is_real(v) and v == np.inf), "1 or more, or np.inf"),
    "max_fun": _whole(1),
    "dropout": _Limits(
        lambda v: all(map(_SHARE.holds, v)) if _is_list(v) else _SHARE.holds(v), "a number in [0, 1), or one per layer"
    ),
    "max_norm": _or(_POSITIVE, "None", None),
    "clip_norm": _or(_POSITIVE, "None", None),
    "clip_value": _or(_POSITIVE, "None", None),
    "averaging": _SHARE,
    "n_threads": _or(_whole(1), "None", None),
    "certify": _FLAG,
}
