"""Fit an MLP estimator step by step: the training loop under scikit-learn's rules."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from clearprop.clinic import Autopsy, autopsy_of
from clearprop.engines import Request, Session, State, choose
from clearprop.equations.optimizers import Rule, Slots
from clearprop.errors import UsageError
from clearprop.estimators.fitting import DivergenceWarning
from clearprop.estimators.mlp.callbacks import Tasks
from clearprop.estimators.mlp.ending import column_names, diverged, in_mlps_words, tell_interruption
from clearprop.estimators.mlp.network import parameters_of, weights_of
from clearprop.estimators.mlp.referee import Referee, go_on_counting
from clearprop.estimators.mlp.settings import batch_size
from clearprop.fitting.averaging import Average
from clearprop.fitting.certification import certify_fit
from clearprop.fitting.recipe import Recipe
from clearprop.model import Parameters, parameter_shapes
from clearprop.training import Plan, Progress, Rows, Stopped, Training, as_columns
from clearprop.training.progress import Best


@dataclass
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


def fit_by_steps(
    mlp: Any, recipe: Recipe, rows: Rows, validation: Rows | None, incremental: bool, tasks: Tasks | None
) -> None:
    """Train for max_iter epochs at most, or one epoch of a partial_fit.

    Raises
    ------
    FitDivergedError
        If it diverged, and there is no good epoch to keep or `on_divergence` is "raise".
    """
    stopping = mlp.early_stopping
    if incremental and stopping:
        raise UsageError("partial_fit does not support early_stopping=True; hold rows out yourself, or call fit.")
    numbers = None
    if stopping and validation is None:
        rows, validation, numbers = hold_out(mlp, rows)
    mlp._optimizer = _optimizer(mlp, recipe, incremental)
    mlp.n_iter_ = 0
    go_on_counting(mlp)

    progress = Progress(epoch=mlp._epochs, records=mlp._records, best=mlp._best if stopping else None)
    plan = _plan(mlp, recipe, len(rows), incremental, measured=validation is not None)
    listeners = [mlp._optimizer.average, tasks if tasks and tasks.wanted else None]
    session = _open(mlp)
    certify_fit(mlp, session, rows, again=not incremental)
    training = Training(
        session,
        mlp.network_,
        rows,
        plan,
        validation,
        [listener for listener in listeners if listener],
        progress,
        stopping=[Referee(mlp, incremental, len(rows), plan.n_epochs)],
    )
    training.run()
    _keep(mlp, training)
    autopsy = autopsy_of(training, column_names(mlp), numbers) if training.refused else None
    _conclude(mlp, progress, autopsy and in_mlps_words(autopsy))


def _open(mlp: Any) -> Session:
    optimizer, parameters = mlp._optimizer, parameters_of(mlp.network_, mlp.coefs_, mlp.intercepts_)
    if optimizer.average is not None and optimizer.average.trained is not None:
        parameters = Parameters(parameters.shapes, optimizer.average.trained)
    choice = choose(mlp.engine, Request(mlp.network_, optimizer.rule, mlp.precision or parameters.vector.dtype))
    mlp.engine_ = choice.name
    state = State(parameters.vector, optimizer.slots, optimizer.step) if optimizer.slots or optimizer.step else None
    return choice.open(parameters, mlp._seed, state)


def _optimizer(mlp: Any, recipe: Recipe, incremental: bool) -> Optimizer:
    """Return the optimizer of the fit before where this one continues it, or a new one."""
    rule, before = recipe.rule(), getattr(mlp, "_optimizer", None)
    if before is None or type(before.rule) is not type(rule):
        return Optimizer(rule, rule.learning_rate, {}, 0, _average(mlp, None))
    rate = rule.learning_rate
    if rate == before.rule.learning_rate and (incremental or mlp.learning_rate == "invscaling"):
        rate = before.learning_rate
    return Optimizer(rule, rate, before.slots, before.step, _average(mlp, before.average))


def _average(mlp: Any, before: Average | None) -> Average | None:
    """Return the average of the fit before where it can be continued, or a new one; None where none is asked for."""
    if not mlp.averaging:
        return None
    weights = parameters_of(mlp.network_, mlp.coefs_, mlp.intercepts_).vector
    return before if before is not None and before.goes_on_at(weights, mlp.averaging) else Average(mlp.averaging)


def _plan(mlp: Any, recipe: Recipe, n_rows: int, incremental: bool, measured: bool) -> Plan:
    return Plan(
        n_epochs=mlp._epochs + (1 if incremental else mlp.max_iter),
        batch_size=_told_batch_size(mlp.batch_size, n_rows),
        learning_rate=mlp._optimizer.learning_rate,
        schedule=recipe.learning_rates(),
        shuffle=mlp.shuffle,
        seed=mlp._seed,
        monitor=mlp.monitor or ("validation_metric" if mlp.early_stopping else "loss"),
        patience=None,
        restore_best=mlp.early_stopping,
        max_seconds=mlp.max_seconds,
        training_metric=measured,
    )


def _told_batch_size(setting: Any, n_rows: int) -> int:
    if setting != "auto" and setting > n_rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=2
        )
    return batch_size(setting, n_rows)


def hold_out(mlp: Any, rows: Rows) -> tuple[Rows, Rows, NDArray[np.int64]]:
    """Hold out validation_fraction of the rows; as in scikit-learn, stratified where there are two classes.

    Returns
    -------
    training, held : Rows
    numbers : int array (n_training,)
        Of the training rows, among those given.

    Raises
    ------
    UsageError
        If fewer than 2 rows are held out.
    """
    binary = mlp.network_.objective.loss.targets == "unit" and mlp.n_outputs_ == 1
    train, held = train_test_split(
        np.arange(len(rows)),
        test_size=mlp.validation_fraction,
        random_state=mlp._seed % 2**32,
        stratify=rows.Y.astype(bool) if binary else None,
    )
    if len(held) < 2:
        raise UsageError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
    return rows.take(train), rows.take(held), train


def _keep(mlp: Any, training: Training) -> None:
    """Put what was learned on the estimator."""
    progress, state, optimizer = training.progress, training.session.get_state(), mlp._optimizer
    vector = state.parameters
    if progress.stopped == Stopped.DIVERGED and progress.best is not None:
        vector = progress.best.parameters
    if optimizer.average is not None and optimizer.average.t:
        vector = optimizer.average.in_place_of(vector, of_best=mlp.early_stopping)
    mlp.coefs_, mlp.intercepts_ = weights_of(Parameters(parameter_shapes(training.network), vector))
    optimizer.slots, optimizer.step = state.slots, state.step
    mlp._epochs, mlp._records = progress.epoch, progress.records
    mlp._best = progress.best if mlp.early_stopping else None
    mlp.history_ = as_columns(progress.records)


def _conclude(mlp: Any, progress: Progress, autopsy: Autopsy | None) -> None:
    """Say how training ended, as scikit-learn does where it has a way to say it."""
    if progress.stopped == Stopped.INTERRUPTED:
        tell_interruption(progress.signal_number)
    if progress.stopped == Stopped.DIVERGED:
        _report_divergence(mlp, progress, progress.best, autopsy)


def _report_divergence(mlp: Any, progress: Progress, best: Best | None, autopsy: Autopsy | None) -> None:
    if mlp.early_stopping:
        mlp.validation_scores_.append(float("nan"))
    if best is None or mlp.on_divergence == "raise":
        raise diverged(progress.divergence, autopsy)
    kept = f"training diverged; the weights of epoch {best.epoch} were kept.\n{autopsy}"
    warnings.warn(kept, DivergenceWarning, stacklevel=5)
