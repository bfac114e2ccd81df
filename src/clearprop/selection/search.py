"""tune: search among settings by successive halving over folds, and train the winner, or the best mean of several."""

from __future__ import annotations

import hashlib
import math
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from clearprop.errors import DivergenceError, UsageError, unknown_name
from clearprop.examination.baselines import row_losses
from clearprop.fitting.plain import to_plain
from clearprop.selection.comparison import as_settled
from clearprop.selection.cross_validation import out_of_fold
from clearprop.selection.folds import Fold
from clearprop.selection.found import BRACKET, VARIATIONS, Blend, Search, Trial
from clearprop.selection.journal import Journal
from clearprop.selection.mean import best_mean, clearly_less, losses_of, out_of_fold_losses, train_mean
from clearprop.selection.question import Model, in_memory, parted
from clearprop.selection.scores import Truth
from clearprop.selection.space import ByChance, ByOptuna, draw
from clearprop.selection.trainings import trainings
from clearprop.tables import Source, Table

Array = NDArray[Any]

KEPT = 3  # one of so many goes on to the next fold
SAMPLERS = ("random", "optuna")
SHAPE = ("hidden", "activation", "bins")
"""Settings that make the network what it is; trials that have them alike can be members of one model."""
OTHER_SEEDS = 3  # of the variations of the best trial; the others train its network with other settings
SHARE_OF_TRIALS = 2 / 3  # of a budget; the rest is for the variations


class Options(TypedDict, total=False):
    """What `tune` may be asked for; see it."""

    trials: int
    budget: float | None
    folds: int
    sampler: str
    journal: str | Path | None
    test: float


def tune(
    model: Model,
    data: Source,
    y: ArrayLike | None = None,
    *,
    told: Callable[[int, int], None] | None = None,
    **options: Unpack[Options],
) -> Search:
    """Search for settings that predict rows not seen better than those of a model, and train it with the best.

    Trials begin eight at a time with the first fold; the best third goes on to the second, and so on, and the model as
    it is, trial 0, is tried on every fold. Each is a single network, the winner is trained as the model asks. Settings
    that the model was given stay. The trials of a fold run side by side, on threads or as joblib's ``parallel_config``
    says.

    Where the model is of several networks, eight variations of the best trial follow: its network with other seeds, and
    trained with other settings. Of these, greedily, the best mean is chosen (Caruana et al. 2004, with replacement),
    and if it clearly beats that of the best trial's settings with several seeds, each network is trained with the
    settings of one of its trials.

    Parameters
    ----------
    model : TableClassifier or TableRegressor
        It stays as it is.
    data, y
        As `fit` takes them.
    trials : int
        Besides the model as it is and the variations; 40 if left out.
    budget : float, optional
        Seconds after which no further trials begin, a third of them for the variations. What is found then depends on
        how fast the machine is.
    folds : int
        3 if left out.
    sampler : {"random", "optuna"}
        Who says what to try: plain random draws, or Optuna (``pip install clearprop[tune]``), told of every bracket.
    journal : path, optional
        A file that is kept up to date; a search that finds its own goes on with it, and ends as if never stopped.
    test : float
        Share of the rows to hold out to the end, as `fit` does: the search does not see them.
    told : callable, optional
        Of how many trials are done, and of how many.

    Returns
    -------
    Search

    Raises
    ------
    DataError, UsageError
        If the rows cannot be parted so, or as `fit` does.
    """
    trials, budget, folds = options.get("trials", 40), options.get("budget"), options.get("folds", 3)
    sampler, test = options.get("sampler", "random"), options.get("test", 0.0)
    if trials < 1 or (budget is not None and budget <= 0):
        raise UsageError(f"trials must be 1 or more and budget above 0 seconds, got {trials} and {budget}.")
    if sampler not in SAMPLERS:
        raise unknown_name("sampler", sampler, SAMPLERS)
    table, target = in_memory(model, data, y)
    asked = clone(model).set_params(target=target)
    parts = asked.prepare(table, test=test).parts
    rows = np.sort(np.concatenate([parts.train, parts.held]))
    run = _Run.of(asked, table, rows, folds, sampler, options.get("journal"))
    until = [math.inf if budget is None else time.perf_counter() + share * budget for share in (run.share, 1)]
    run.search(trials, until[0], told)
    run.vary(until[1])
    return run.concluded(asked, table, test)


class _Run:
    """A search that goes on."""

    def __init__(
        self, base: Model, table: Table, truth: Truth, folds: tuple[Fold, ...], sampler: str, journal: Journal
    ) -> None:
        self.base, self.table, self.truth, self.folds, self.journal = base, table, truth, folds, journal
        self.tried: dict[int, dict[str, Any]] = {0: {}}
        self._study: Any = _study(base.random_state) if sampler == "optuna" else None
        defaults = type(base)().get_params()
        self._base = as_settled(base, table, folds[0].train)
        self._rate = self._base.recipe().rule().learning_rate
        self._several = self._base.members or 1
        self._answers: dict[tuple[int, int], Array] = {}  # to the rows of a fold, by those that were tried on all
        self._free = [name for name in draw(ByChance(0, 0), 1.0) if _same(base.get_params()[name], defaults[name])]

    @classmethod
    def of(cls, asked: Model, table: Table, rows: Array, folds: int, sampler: str, journal: str | Path | None) -> _Run:
        """Return the search of a model on these rows, with what its journal holds."""
        truth, parts = parted(asked, table, str(asked.target), rows, folds)
        about = {
            "settings": {name: to_plain(value) for name, value in asked.get_params().items()}, "folds": folds,
            "sampler": sampler, "rows": hashlib.sha256(truth.values.tobytes() + rows.tobytes()).hexdigest(),
        }  # fmt: skip
        return cls(asked, table, truth, parts, sampler, Journal.open(journal, about))

    @property
    def share(self) -> float:
        """Of a budget, what is for trials that are no variations."""
        return SHARE_OF_TRIALS if self._several > 1 else 1.0

    def search(self, trials: int, until: float, told: Callable[[int, int], None] | None) -> None:
        """Try so many settings, or until it is time."""
        self._try([0], range(len(self.folds)), math.inf)
        for first in range(1, trials + 1, BRACKET):
            numbers = [*range(first, min(first + BRACKET, trials + 1))]
            if time.perf_counter() > until:
                return
            proposed = {number: self._propose(number) for number in numbers}
            for fold in range(len(self.folds)):
                self._try(numbers, [fold], until)
                numbers = self._best(numbers, fold)
            self._forget()
            self._tell(proposed)
            if told is not None:
                told(min(first + BRACKET - 1, trials), trials)

    def vary(self, until: float) -> None:
        """Try variations of the best trial: its network again with other seeds, and trained with other settings."""
        if self._several == 1:
            return
        best = self._whole()[0]
        numbers = [VARIATIONS + best.number * BRACKET + k for k in range(BRACKET)]
        for k, number in enumerate(numbers):
            self.tried[number] = best.settings | self._variation(number, k < OTHER_SEEDS)
        for fold in range(len(self.folds)):
            self._try(numbers, [fold], until)

    def concluded(self, asked: Model, table: Table, test: float) -> Search:
        """Return the search with its winner trained."""
        found, best = tuple(self._trial(number) for number in self.tried), self._whole()[0]
        mean = self._mean(best)
        settings = self._settled(best.settings, self._base.members) if best.number or mean else {}
        model = clone(asked).set_params(**settings)
        if mean is None or not train_mean(model, [self._of_member(one) for one in mean.members], table, test):
            mean = None
            model.fit(table, test=test)
        search = Search(found, len(self.folds), best, model, mean)
        model.note(search=search.as_plain())
        return search

    def _variation(self, number: int, seed_alone: bool) -> dict[str, Any]:
        if seed_alone:
            return {"random_state": (self.base.random_state + number) % (1 << 32)}
        drawn = draw(ByChance(self.base.random_state, number), self._rate)
        return {name: value for name, value in drawn.items() if name in self._free and name not in SHAPE}

    def _whole(self) -> list[Trial]:
        """Return the trials that were tried on every fold: those that are no variations first, of these the best."""
        found = [trial for trial in map(self._trial, self.tried) if len(trial.losses) == len(self.folds)]
        return sorted(found, key=lambda trial: (trial.varies, trial.loss, trial.number))

    def _mean(self, best: Trial) -> Blend | None:
        """Return the best mean of trials that can be members beside the best, if it is clearly better than that."""
        alike = [one for one in self._whole() if self._shape(one) == self._shape(best) and math.isfinite(one.loss)]
        if self._several == 1 or len(alike) < 2:
            return None
        self._answer([one.number for one in alike])
        trials = {one.number: one for one in alike}
        answers = {k: [self._answers[k, fold] for fold in range(len(self.folds))] for k in trials}
        losses = [partial(self._row_losses, fold) for fold in range(len(self.folds))]
        picks = best_mean(answers, losses, best.number, self._several)
        again = [k for k, one in trials.items() if self._of_member(one) == self._of_member(best)]
        alone = losses_of(again, answers, losses)
        chosen_elsewhere = out_of_fold_losses(answers, losses, best.number, self._several)
        if set(picks) <= set(again) or not clearly_less(chosen_elsewhere, alone):
            return None
        return Blend(tuple(trials[k] for k in picks), float(chosen_elsewhere.mean()), float(alone.mean()))

    def _shape(self, trial: Trial) -> list[Any]:
        settled = self._settled(trial.settings, 1)
        return [settled[name] for name in SHAPE]

    def _of_member(self, trial: Trial) -> dict[str, Any]:
        """Return the settings of a trial for a member, which has rows and a seed of its own."""
        return self._settled({k: v for k, v in trial.settings.items() if k != "random_state"}, self._several)

    def _row_losses(self, fold: int, answers: Array) -> Array:
        return row_losses(self.truth.of(self.folds[fold].held).values, answers)

    def _settled(self, settings: dict[str, Any], members: int) -> dict[str, Any]:
        """Return the settings of a trial beside those that the effort would choose."""
        chosen: dict[str, Any] = self._base.get_params() | settings | {"members": members}
        return chosen

    def _try(self, numbers: list[int], folds: Any, until: float) -> None:
        """Keep the losses of trials on folds, where the journal has not got them."""
        missing = [(number, fold) for fold in folds for number in numbers if (number, fold) not in self.journal.losses]
        if time.perf_counter() > until:
            return
        for at, (loss, answer) in zip(missing, self._trainings(missing), strict=True):
            self._answers[at] = answer
            self.journal.keep(*at, loss)

    def _trainings(self, at: list[tuple[int, int]]) -> Iterator[tuple[float, Array]]:
        return trainings(_tried, [(self._model(k), self.table, self.folds[fold], self.truth) for k, fold in at])

    def _answer(self, numbers: list[int]) -> None:
        """See that the answers of these trials are at hand: those of a search that was killed are made again."""
        missing = [(k, fold) for k in numbers for fold in range(len(self.folds)) if (k, fold) not in self._answers]
        self._answers |= zip(missing, (answer for _, answer in self._trainings(missing)), strict=True)

    def _forget(self) -> None:
        """Forget the answers of trials that were given up."""
        whole = {trial.number for trial in self._whole()}
        self._answers = {at: answer for at, answer in self._answers.items() if at[0] in whole}

    def _model(self, number: int) -> Model:
        model: Model = clone(self.base).set_params(**self._settled(self.tried[number], 1) | {"verbose": False})
        return model

    def _best(self, numbers: list[int], fold: int) -> list[int]:
        """Return the third of the trials that goes on, by the folds so far: a journal may know of later ones."""
        kept = self.journal.losses
        so_far = {n: [kept[n, one] for one in range(fold + 1)] for n in numbers if (n, fold) in kept}
        ranked = sorted(so_far, key=lambda n: float(np.mean(so_far[n])))
        return sorted(ranked[: max(1, -(-len(ranked) // KEPT))])

    def _trial(self, number: int) -> Trial:
        kept = self.journal.losses
        losses = tuple(kept[number, fold] for fold in range(len(self.folds)) if (number, fold) in kept)
        return Trial(number, self.tried[number], losses)

    def _propose(self, number: int) -> Any:
        """Say what a trial is to be; return Optuna's own word for it."""
        asked = None if self._study is None else self._study.ask()
        drawn = draw(ByChance(self.base.random_state, number) if asked is None else ByOptuna(asked), self._rate)
        self.tried[number] = {name: value for name, value in drawn.items() if name in self._free}
        return asked

    def _tell(self, proposed: dict[int, Any]) -> None:
        for number, asked in proposed.items():
            loss = self.journal.losses.get((number, 0))
            if asked is not None and loss is not None and math.isfinite(loss):
                self._study.tell(asked, loss)
            elif asked is not None:
                self._study.tell(asked, state=_failed())


def _tried(model: Model, table: Table, fold: Fold, truth: Truth) -> tuple[float, Array]:
    """Return the mean loss of the rows that a fold holds, infinite where training diverges, and the answers to them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a trial that does not go well, its loss tells
            answer, _ = out_of_fold(model, table, fold, model.random_state, truth.labels)
    except DivergenceError:
        return math.inf, np.empty(0)
    loss = float(row_losses(truth.of(fold.held).values, answer).mean())
    return (loss if math.isfinite(loss) else math.inf), answer


def _same(value: Any, default: Any) -> bool:
    return bool(value is default or (type(value) is type(default) and value == default))


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise UsageError('the sampler "optuna" needs Optuna; say: pip install "clearprop[tune]".') from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _study(seed: int) -> Any:
    optuna = _optuna()
    return optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed % (1 << 32)))


def _failed() -> Any:
    return _optuna().trial.TrialState.FAIL
