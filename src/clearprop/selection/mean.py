"""The best mean of several trials, chosen greedily by answers out of fold: ensemble selection (Caruana et al. 2004)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from clearprop.fitting.members import APART
from clearprop.fitting.table_job import TableJob
from clearprop.fitting.table_training import train
from clearprop.selection.question import Model
from clearprop.tables import Table

Array = NDArray[Any]


Answers = Mapping[int, Sequence[Array]]
"""Of every trial, to the rows of each fold."""
Losses = Sequence[Callable[[Array], Array]]
"""Of every fold, from answers to its rows to the loss of each."""


def best_mean(answers: Answers, losses: Losses, first: int, n: int) -> tuple[int, ...]:
    """Return the n trials whose answers have the best mean, each as often as it counts.

    Beginning with the first, whichever lowers the mean loss of all rows most is added, one that is there already too.

    Parameters
    ----------
    answers, losses
    first : int
        The best single trial.
    n : int

    Returns
    -------
    tuple of int
        The first, the others after it, equal ones beside each other.
    """
    picks = [first]
    while len(picks) < n:
        means = {number: float(losses_of([*picks, number], answers, losses).mean()) for number in answers}
        picks.append(min(means, key=lambda number: (means[number], number)))
    return tuple(sorted(picks, key=lambda number: (number != first, number)))


def losses_of(picks: Sequence[int], answers: Answers, losses: Losses) -> Array:
    """Return the loss of the mean of some trials, row by row, one fold after the other."""
    means = (np.mean([answers[k][fold] for k in picks], axis=0) for fold in range(len(losses)))
    return np.concatenate([of(mean) for of, mean in zip(losses, means, strict=True)])


def out_of_fold_losses(answers: Answers, losses: Losses, first: int, n: int) -> Array:
    """Return the loss of the best mean row by row, chosen for each fold without its rows: what choosing gains."""
    found = []
    for fold in range(len(losses)):
        others = [k for k in range(len(losses)) if k != fold]
        without = {number: [parts[k] for k in others] for number, parts in answers.items()}
        picks = best_mean(without, [losses[k] for k in others], first, n)
        here = {number: [parts[fold]] for number, parts in answers.items()}
        found.append(losses_of(picks, here, [losses[fold]]))
    return np.concatenate(found)


def train_mean(model: Model, settings: Sequence[dict[str, Any]], table: Table, test: float) -> bool:
    """Train each member of a model with settings of its own, or say that it cannot be.

    Parameters
    ----------
    model : TableClassifier or TableRegressor
        As its first member is trained.
    settings : sequence of dict of str to object
        Of every member; they leave the columns, the layers and the seed as they are, and equal ones are neighbours.
    table : Table
    test : float
        Share of the rows to hold out to the end.

    Returns
    -------
    bool
        False where a member diverged: the model is not fitted then.
    """
    job, found = model.prepare(table, test=test), []
    for at, (one, n) in _runs(settings):
        part = clone(model).set_params(**one).prepare(table, test=test)
        fitted = train(_members(part, at, n), (), None)
        if len(fitted) != n or any(member.diverged for member in fitted):
            return False
        found += fitted
    model.keep(job, found)
    model.judge(job)
    return True


def _runs(settings: Sequence[dict[str, Any]]) -> list[tuple[int, tuple[dict[str, Any], int]]]:
    """Return where each run of equal settings begins, the settings, and how many they are."""
    starts = [k for k, one in enumerate(settings) if k == 0 or one != settings[k - 1]]
    ends = [*starts[1:], len(settings)]
    return [(start, (settings[start], end - start)) for start, end in zip(starts, ends, strict=True)]


def _members(job: TableJob, first: int, n: int) -> TableJob:
    """Return the job of some members of a job: with the rows and seeds that they have among all."""
    plan = replace(job.plan, seed=(job.plan.seed + first * APART) % (1 << 63))
    return replace(job, shares=job.shares[first : first + n], plan=plan)


def clearly_less(losses: Array, others: Array) -> bool:
    """Whether losses are less than others of the same rows by more than a standard error of the mean difference."""
    gain = others - losses
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))
