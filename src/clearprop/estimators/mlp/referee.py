"""The referee: scikit-learn's rules for when an MLP has trained enough, as a rule of stopping of the training loop.

Its counts and curves live on the estimator, under scikit-learn's names, and continue over warm starts.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from clearprop.training import EpochRecord, Stopped, Verdict

SMALLEST_RATE = 1e-6
"""Below this, learning_rate="adaptive" stops instead of going lower."""


class Referee:
    """Keeps the curves, counts epochs without improvement, lowers the rate, and stops the run.

    Parameters
    ----------
    mlp : MLPClassifier or MLPRegressor
    incremental : bool
        Whether this is one partial_fit, which never stops early.
    n_rows, n_epochs : int
        Training rows, and the last epoch there is to be, counted over warm starts.
    """

    def __init__(self, mlp: Any, incremental: bool, n_rows: int, n_epochs: int) -> None:
        self._mlp, self._incremental = mlp, incremental
        self._n_rows, self._n_epochs = n_rows, n_epochs

    def after(self, record: EpochRecord) -> Verdict:
        """Return whether to stop, and the rate to go on with."""
        self._note(record)
        self._count(record)
        rate = self._scheduled()
        if self._mlp._no_improvement_count > self._mlp.n_iter_no_change:
            return self._stop_or_slow_down(rate)
        if record.epoch == self._n_epochs and not self._incremental:
            self._warn()
        return Verdict(learning_rate=rate)

    def _note(self, record: EpochRecord) -> None:
        mlp = self._mlp
        mlp.n_iter_ += 1
        mlp.t_ += self._n_rows
        mlp.loss_ = record.loss
        mlp.loss_curve_.append(mlp.loss_)
        self._say(f"Iteration {mlp.n_iter_}, loss = {mlp.loss_:.8f}")

    def _count(self, record: EpochRecord) -> None:
        """Compare with the best validation score (early stopping) or the best loss so far."""
        mlp = self._mlp
        if mlp.early_stopping and not self._incremental:
            score = float(record.validation_metric)  # type: ignore[arg-type]  # there are validation rows
            mlp.validation_scores_.append(score)
            self._say(f"Validation score: {score:f}")
            stands_still = score < mlp.best_validation_score_ + mlp.tol
            mlp.best_validation_score_ = max(mlp.best_validation_score_, score)
        else:
            stands_still = mlp.loss_ > mlp.best_loss_ - mlp.tol
            mlp.best_loss_ = min(mlp.best_loss_, mlp.loss_)
        if mlp.monitor is not None:
            monitored = _smaller_is_better(record, mlp.monitor)
            stands_still = not monitored < mlp._best_monitored - mlp.tol
            mlp._best_monitored = min(mlp._best_monitored, monitored)
        mlp._no_improvement_count = mlp._no_improvement_count + 1 if stands_still else 0

    def _scheduled(self) -> float | None:
        mlp = self._mlp
        if not (mlp._follows_sklearn_rates and mlp.learning_rate == "invscaling"):
            return None
        return self._keep_rate(mlp._optimizer.rule.learning_rate / (mlp.t_ + 1) ** mlp.power_t)

    def _stop_or_slow_down(self, scheduled: float | None) -> Verdict:
        mlp = self._mlp
        what = mlp.monitor or ("Validation score" if mlp.early_stopping else "Training loss")
        message = f"{what} did not improve more than tol={mlp.tol:f} for {mlp.n_iter_no_change} consecutive epochs."
        rate = mlp._optimizer.learning_rate
        if not (mlp._follows_sklearn_rates and mlp.learning_rate == "adaptive"):
            self._say(message + " Stopping.")
        elif rate <= SMALLEST_RATE:
            self._say(message + " Learning rate too small. Stopping.")
        else:
            self._say(f"{message} Setting learning rate to {rate / 5:f}")
            mlp._no_improvement_count = 0
            return Verdict(learning_rate=self._keep_rate(rate / 5))
        return Verdict(Stopped.PATIENCE, scheduled)

    def _keep_rate(self, rate: float) -> float:
        self._mlp._optimizer.learning_rate = rate
        return rate

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
