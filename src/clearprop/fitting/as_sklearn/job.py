"""From the rows of an MLP estimator to a job: the plan under scikit-learn's rules, and where a fit goes on."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from clearprop.engines import State
from clearprop.equations.optimizers import Rule, Slots
from clearprop.errors import UsageError
from clearprop.fitting.averaging import Average
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.shards import rows_of_a_step
from clearprop.model import Network, Parameters
from clearprop.solvers import Limits
from clearprop.training import Plan, Rows

LBFGS_DECREASE = 2.220446049250313e-09  # SciPy's ftol, which scikit-learn leaves as it is
SMALLEST_GRADIENT_SEEN = LBFGS_DECREASE**0.5  # where the decrease of J falls below it

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Optimizer:
    """The update rule and its memory, kept between two fits.

    Attributes
    ----------
    rule : Rule
    learning_rate : float
        Before the schedule; what scikit-learn's "invscaling" and "adaptive" have made of it.
    slots : dict of str to array
    step : int
    average : Average or None
        The averaged weights, where they are asked for.
    """

    rule: Rule
    learning_rate: float
    slots: Slots
    step: int
    average: Average | None = None

    @classmethod
    def going_on(cls, before: Optimizer | None, recipe: Recipe, weights: Parameters, keeps_rate: bool) -> Optimizer:
        """Return the optimizer of the fit before where this one continues it, or a new one.

        Parameters
        ----------
        weights : Parameters
            What the fit before is known to have left, unless somebody has changed it.
        keeps_rate : bool
            Whether a rate that has been lowered stays so while the first one is asked for again.
        """
        rule, rate = recipe.rule(), recipe.rule().learning_rate
        if before is None or type(before.rule) is not type(rule):
            return cls(rule, rate, {}, 0, _average(None, recipe, weights))
        if keeps_rate and rate == before.rule.learning_rate:
            rate = before.learning_rate
        return cls(rule, rate, before.slots, before.step, _average(before.average, recipe, weights))

    def state(self, weights: Parameters) -> State | None:
        """Return the state to train on from: at these weights, or those behind the mean that was kept of them."""
        vector = weights.vector if self.average is None or self.average.trained is None else self.average.trained
        fresh = vector is weights.vector and not (self.slots or self.step)
        return None if fresh else State(vector, self.slots, self.step)


def _average(before: Average | None, recipe: Recipe, weights: Parameters) -> Average | None:
    """Return the average of the fit before where it can be continued, or a new one; None where none is asked for."""
    if not recipe.averaging:
        return None
    goes_on = before is not None and before.goes_on_at(weights.vector, recipe.averaging)
    return replace(before) if goes_on and before is not None else Average(recipe.averaging)


def plan_of(recipe: Recipe, n_rows: int, n_epochs: int, rate: float, measured: bool) -> Plan:
    """Return the plan of a fit: patience is the referee's.

    Parameters
    ----------
    n_epochs : int
        Up to which, those of the fits before it counted.
    measured : bool
        Whether there are validation rows.
    """
    judged = recipe.early_stopping and recipe.solver is None
    monitor = recipe.monitor if recipe.solver is None else None
    return Plan(
        n_epochs=n_epochs,
        batch_size=batch_size(recipe, n_rows),
        shards=recipe.shards,
        learning_rate=rate,
        schedule=recipe.learning_rates(),
        shuffle=recipe.shuffle,
        seed=recipe.seed,
        monitor=monitor or ("validation_metric" if judged else "loss"),
        patience=None,
        restore_best=judged,
        max_seconds=recipe.max_seconds,
        training_metric=measured,
    )


def batch_size(recipe: Recipe, n_rows: int) -> int:
    """Return the rows of a step."""
    return min(rows_of_a_step(recipe.shards, recipe.batch_size, n_rows), n_rows)


def limits_of(recipe: Recipe, n_iterations: int) -> Limits:
    """Return scikit-learn's limits; whoever asks lbfgs for a smaller gradient than its ftol lets it see, gets it."""
    as_scikit_learn = recipe.solver == "lbfgs" and recipe.min_delta >= SMALLEST_GRADIENT_SEEN
    return Limits(
        n_iterations=n_iterations,
        n_evaluations=recipe.n_evaluations,
        gradient=recipe.min_delta,
        value=LBFGS_DECREASE if as_scikit_learn else 0.0,
        condition=recipe.solver != "lbfgs",
    )


def tell_of_batch_size(asked: int | str, n_rows: int) -> None:
    """Warn of a batch that is larger than all rows are."""
    if asked != "auto" and int(asked) > n_rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=2
        )


TOO_FEW = "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."


def hold_out(recipe: Recipe, network: Network, rows: Rows) -> tuple[Rows, Rows, NDArray[np.int64]]:
    """Hold out validation_fraction of the rows, every class in its share; scikit-learn looks to it for two classes.

    Returns
    -------
    training, held : Rows
    numbers : int array (n_training,)
        Of the training rows, among those given.

    Raises
    ------
    UsageError
        If fewer than 2 rows are held out, or none is left to train on.
    """
    seed, classes = recipe.seed % 2**32, _classes(network, rows)
    parts = partial(train_test_split, np.arange(len(rows)), test_size=recipe.validation, random_state=seed)
    n_held = math.ceil(recipe.validation * len(rows))
    if n_held >= len(rows):
        raise UsageError(TOO_FEW)
    train, held = parts(stratify=classes if _can_be_shared(classes, n_held) else None)
    if len(held) < 2:
        raise UsageError(TOO_FEW)
    return rows.take(train), rows.take(held), train


def _classes(network: Network, rows: Rows) -> Array | None:
    """Return the class of each row, None for numbers and for several labels per row."""
    if network.takes_classes:
        return rows.Y
    binary = network.objective.loss.targets == "unit" and network.n_out == 1
    return rows.Y.astype(bool) if binary else None


def _can_be_shared(classes: Array | None, n_held: int) -> bool:
    """Return whether either part can have every class: of two, as scikit-learn, it is asked for without looking."""
    if classes is None or classes.dtype == bool:
        return classes is not None
    counts = np.unique(classes, return_counts=True)[1]
    return bool(counts.min() >= 2 and len(counts) <= min(n_held, len(classes) - n_held))
