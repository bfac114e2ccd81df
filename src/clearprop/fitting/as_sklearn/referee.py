"""The referee: scikit-learn's rules for when an MLP has trained enough, as a rule of stopping of the training loop."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field, replace

from sklearn.exceptions import ConvergenceWarning

from clearprop.fitting.recipe import Recipe
from clearprop.training import EpochRecord, Stopped, Verdict

SMALLEST_RATE = 1e-6
"""Below this, learning_rate="adaptive" stops instead of going lower."""


@dataclass
class Tally:
    """The counts and curves of the referee: they go on over warm starts.

    Attributes
    ----------
    rate : float
        The learning rate before the schedule.
    n_iter : int
        Epochs of this fit.
    t : int
        Rows seen since the start.
    losses : list of float
        J of each epoch.
    best_loss : float or None
        The smallest; None with early stopping.
    scores : list of float or None
        The metric on the validation rows after each epoch; None without early stopping.
    best_score : float or None
    best_monitored : float
        Of what else is monitored, turned so that smaller is better.
    waited : int
        Epochs without an improvement.
    """

    rate: float = 0.0
    n_iter: int = 0
    t: int = 0
    losses: list[float] = field(default_factory=list)
    best_loss: float | None = math.inf
    scores: list[float] | None = None
    best_score: float | None = None
    best_monitored: float = math.inf
    waited: int = 0

    @classmethod
    def fresh(cls, early_stopping: bool) -> Tally:
        """Return that of a fit from scratch."""
        return cls(best_loss=None, scores=[], best_score=-math.inf) if early_stopping else cls()

    def for_another_fit(self, rate: float, early_stopping: bool) -> Tally:
        """Return that of a fit that goes on; it counts afresh where this one was judged by something else."""
        own = self if early_stopping == (self.scores is not None) else Tally.fresh(early_stopping)
        scores = None if own.scores is None else list(own.scores)
        return replace(own, rate=rate, n_iter=0, t=self.t, losses=list(self.losses), scores=scores)


class Referee:
    """Keeps the curves, counts epochs without improvement, lowers the rate, and stops the run.

    Parameters
    ----------
    tally : Tally
        Its own from now on.
    recipe : Recipe
        With tol, n_iter_no_change, early_stopping and the rest by the recipe's names.
    rates : {"constant", "invscaling", "adaptive"}
        How the rate changes between epochs.
    incremental : bool
        Whether this is one partial_fit, which never stops early.
    n_rows, last_epoch : int
        Training rows, and the last epoch there is to be, counted over warm starts.
    """

    def __init__(
        self, tally: Tally, recipe: Recipe, rates: str, incremental: bool, n_rows: int, last_epoch: int
    ) -> None:
        self.tally, self._recipe, self._rates = tally, recipe, rates
        self._incremental, self._n_rows, self._last_epoch = incremental, n_rows, last_epoch

    def after(self, record: EpochRecord) -> Verdict:
        """Return whether to stop, and the rate to go on with."""
        self._note(record)
        self._count(record)
        rate = self._scheduled()
        if self.tally.waited > (self._recipe.patience or 0):
            return self._stop_or_slow_down(rate)
        if record.epoch == self._last_epoch and not self._incremental:
            self._warn()
        return Verdict(learning_rate=rate)

    def _note(self, record: EpochRecord) -> None:
        tally = self.tally
        tally.n_iter += 1
        tally.t += self._n_rows
        tally.losses.append(record.loss)
        self._say(f"Iteration {tally.n_iter}, loss = {record.loss:.8f}")

    def _count(self, record: EpochRecord) -> None:
        """Compare with the best validation score (early stopping) or the best loss so far."""
        tally, tol = self.tally, self._recipe.min_delta
        if self._recipe.early_stopping and not self._incremental:
            stands_still = self._score(record)
        else:
            best = math.inf if tally.best_loss is None else tally.best_loss
            stands_still = record.loss > best - tol
            tally.best_loss = min(best, record.loss)
        if self._recipe.monitor is not None:
            monitored = _smaller_is_better(record, self._recipe.monitor)
            stands_still = not monitored < tally.best_monitored - tol
            tally.best_monitored = min(tally.best_monitored, monitored)
        tally.waited = tally.waited + 1 if stands_still else 0

    def _score(self, record: EpochRecord) -> bool:
        """Note the validation score, and return whether it stands still."""
        tally, score = self.tally, record.validation_metric
        assert tally.scores is not None, "the tally is one of early stopping"
        assert tally.best_score is not None, "likewise"
        assert score is not None, "rows were held out"
        tally.scores.append(float(score))
        self._say(f"Validation score: {score:f}")
        stands_still = score < tally.best_score + self._recipe.min_delta
        tally.best_score = max(tally.best_score, float(score))
        return stands_still

    def _scheduled(self) -> float | None:
        if self._rates != "invscaling":
            return None
        first = self._recipe.rule().learning_rate
        self.tally.rate = first / (self.tally.t + 1) ** self._recipe.power_t
        return self.tally.rate

    def _stop_or_slow_down(self, scheduled: float | None) -> Verdict:
        recipe, rate = self._recipe, self.tally.rate
        what = recipe.monitor or ("Validation score" if recipe.early_stopping else "Training loss")
        message = f"{what} did not improve more than tol={recipe.min_delta:f} for {recipe.patience} consecutive epochs."
        if self._rates != "adaptive":
            self._say(message + " Stopping.")
        elif rate <= SMALLEST_RATE:
            self._say(message + " Learning rate too small. Stopping.")
        else:
            self._say(f"{message} Setting learning rate to {rate / 5:f}")
            self.tally.waited, self.tally.rate = 0, rate / 5
            return Verdict(learning_rate=self.tally.rate)
        return Verdict(Stopped.PATIENCE, scheduled)

    def _warn(self) -> None:
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({self._recipe.n_epochs}) reached and the optimization hasn't "
            "converged yet.",
            ConvergenceWarning,
            stacklevel=2,
        )

    def _say(self, text: str) -> None:
        if self._recipe.verbose:
            print(text)


def _smaller_is_better(record: EpochRecord, monitor: str) -> float:
    value = float(getattr(record, monitor))
    return -value if monitor == "validation_metric" else value
