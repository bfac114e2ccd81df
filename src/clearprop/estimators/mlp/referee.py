"""The referee: scikit-learn's rules for when an MLP has trained enough, as a listener of the training loop.

Its counts and curves live on the estimator, under scikit-learn's names, and continue over warm starts.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from clearprop.training import EpochEnded, EpochRecord, Event, Training

SMALLEST_RATE = 1e-6
"""Below this, learning_rate="adaptive" stops instead of going lower."""


class Referee:
    """Keeps the curves, counts epochs without improvement, lowers the rate, and stops the run.

    Parameters
    ----------
    mlp : MLPClassifier or MLPRegressor
    incremental : bool
        Whether this is one partial_fit, which never stops early.
    """

    def __init__(self, mlp: Any, incremental: bool) -> None:
        self._mlp, self._incremental = mlp, incremental

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            self._note(event)
            self._count(event)
            self._schedule(event.training)
            if self._mlp._no_improvement_count > self._mlp.n_iter_no_change:
                self._stop_or_slow_down(event.training)
            elif event.training.progress.epoch == event.training.plan.n_epochs and not self._incremental:
                self._warn()

    def _note(self, event: EpochEnded) -> None:
        mlp = self._mlp
        mlp.n_iter_ += 1
        mlp.t_ += len(event.training.rows)
        mlp.loss_ = event.record.loss
        mlp.loss_curve_.append(mlp.loss_)
        self._say(f"Iteration {mlp.n_iter_}, loss = {mlp.loss_:.8f}")

    def _count(self, event: EpochEnded) -> None:
        """Compare with the best validation score (early stopping) or the best loss so far."""
        mlp = self._mlp
        if mlp.early_stopping and not self._incremental:
            score = float(event.record.validation_metric)  # type: ignore[arg-type]  # there are validation rows
            mlp.validation_scores_.append(score)
            self._say(f"Validation score: {score:f}")
            stands_still = score < mlp.best_validation_score_ + mlp.tol
            mlp.best_validation_score_ = max(mlp.best_validation_score_, score)
        else:
            stands_still = mlp.loss_ > mlp.best_loss_ - mlp.tol
            mlp.best_loss_ = min(mlp.best_loss_, mlp.loss_)
        if mlp.monitor is not None:
            monitored = _smaller_is_better(event.record, mlp.monitor)
            stands_still = not monitored < mlp._best_monitored - mlp.tol
            mlp._best_monitored = min(mlp._best_monitored, monitored)
        mlp._no_improvement_count = mlp._no_improvement_count + 1 if stands_still else 0

    def _schedule(self, training: Training) -> None:
        mlp = self._mlp
        if mlp._follows_sklearn_rates and mlp.learning_rate == "invscaling":
            self._set_rate(training, mlp._optimizer.rule.learning_rate / (mlp.t_ + 1) ** mlp.power_t)

    def _stop_or_slow_down(self, training: Training) -> None:
        mlp = self._mlp
        what = mlp.monitor or ("Validation score" if mlp.early_stopping else "Training loss")
        message = f"{what} did not improve more than tol={mlp.tol:f} for {mlp.n_iter_no_change} consecutive epochs."
        rate = mlp._optimizer.learning_rate
        if not (mlp._follows_sklearn_rates and mlp.learning_rate == "adaptive"):
            self._say(message + " Stopping.")
        elif rate <= SMALLEST_RATE:
            self._say(message + " Learning rate too small. Stopping.")
        else:
            self._set_rate(training, rate / 5)
            self._say(f"{message} Setting learning rate to {rate / 5:f}")
            mlp._no_improvement_count = 0
            return
        training.progress.stopped = "patience"

    def _set_rate(self, training: Training, rate: float) -> None:
        self._mlp._optimizer.learning_rate = rate
        training.plan = replace(training.plan, learning_rate=rate)

    def _warn(self) -> None:
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({self._mlp.max_iter}) reached and the optimization hasn't "
            "converged yet.",
            ConvergenceWarning,
            stacklevel=2,
        )

    def _say(self, text: str) -> None:
        if self._mlp.verbose:
            print(text)


def _smaller_is_better(record: EpochRecord, monitor: str) -> float:
    value = float(getattr(record, monitor))
    return -value if monitor == "validation_metric" else value


def start_counting(mlp: Any) -> None:
    """Set the curves and counts of a fit from scratch."""
    mlp.n_iter_ = mlp.t_ = mlp._epochs = 0
    mlp.loss_curve_, mlp._records, mlp._best = [], [], None
    _count_improvements(mlp)


def go_on_counting(mlp: Any) -> None:
    """Count afresh where the fit before was judged otherwise: by its loss, this one by validation scores, or back."""
    if mlp.early_stopping != (mlp.validation_scores_ is not None):
        _count_improvements(mlp)


def _count_improvements(mlp: Any) -> None:
    stopping = mlp.early_stopping
    mlp._no_improvement_count, mlp._best_monitored = 0, np.inf
    mlp.validation_scores_ = [] if stopping else None
    mlp.best_validation_score_ = -np.inf if stopping else None
    mlp.best_loss_ = None if stopping else np.inf
