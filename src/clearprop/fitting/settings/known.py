"""The closed tables whose names settings take. Each is loaded when its names are asked for, and not before."""

from __future__ import annotations

from collections.abc import Iterable


def activations() -> Iterable[str]:
    from clearprop.equations import ACTIVATIONS

    return ACTIVATIONS


def initializers() -> Iterable[str]:
    from clearprop.equations import INITIALIZERS

    return ("auto", *INITIALIZERS)


def losses() -> Iterable[str]:
    from clearprop.equations import LOSSES

    return LOSSES


def optimizers() -> Iterable[str]:
    from clearprop.equations import RULES
    from clearprop.solvers import SOLVERS

    return (*RULES, *SOLVERS)


def schedules() -> Iterable[str]:
    from clearprop.equations import SCHEDULES

    return SCHEDULES


def metrics() -> Iterable[str]:
    from clearprop.training import METRICS

    return METRICS


def engines() -> Iterable[str]:
    from clearprop.engines import ENGINES

    return ("auto", *ENGINES)


def precisions() -> Iterable[str]:
    from clearprop.engines import PRECISIONS

    return PRECISIONS


def loss() -> type:
    from clearprop.equations import Loss

    return Loss


def rule() -> type:
    from clearprop.equations import Rule

    return Rule


def schedule() -> type:
    from clearprop.equations import Schedule

    return Schedule
