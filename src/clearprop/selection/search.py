"""tune: search among settings by successive halving over folds, and train the winner."""

from __future__ import annotations

import hashlib
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
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
from clearprop.selection.journal import Journal
from clearprop.selection.question import Model, in_memory, parted
from clearprop.selection.scores import Truth
from clearprop.selection.space import ByChance, ByOptuna, draw
from clearprop.selection.trainings import trainings
from clearprop.tables import Source, Table

Array = NDArray[Any]

BRACKET = 8  # trials that begin together
KEPT = 3  # one of so many goes on to the next fold
SAMPLERS = ("random", "optuna")


@dataclass(frozen=True)
class Trial:
    """Settings that were tried.

    Attributes
    ----------
    number : int
        0 is the model as it was asked for.
    settings : dict of str to object
    losses : tuple of float
        Mean −log p of the true class, or squared error, of the folds it was tried on, in their order; infinite where it
        diverged.
    """

    number: int
    settings: dict[str, Any]
    losses: tuple[float, ...]

    @property
    def loss(self) -> float:
        """The mean of its losses."""
        return float(np.mean(self.losses)) if self.losses else math.inf

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        losses = [loss if math.isfinite(loss) else None for loss in self.losses]
        return {"number": self.number, "settings": {k: to_plain(v) for k, v in self.settings.items()}, "losses": losses}


@dataclass(frozen=True, eq=False)
class Search:
    """A finished search.

    Attributes
    ----------
    trials : tuple of Trial
    n_folds : int
    best : Trial
        That of the least mean loss among those that were tried on every fold.
    model : TableClassifier or TableRegressor
        Trained with its settings, on all rows of the search; ``facts_.search`` tells of the search.
    """

    trials: tuple[Trial, ...]
    n_folds: int
    best: Trial
    model: Model

    def as_plain(self) -> dict[str, Any]:
        """Return all but the model as plain data."""
        return {"folds": self.n_folds, "best": self.best.number, "trials": [trial.as_plain() for trial in self.trials]}


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

    Parameters
    ----------
    model : TableClassifier or TableRegressor
        It stays as it is.
    data, y
        As `fit` takes them.
    trials : int
        Besides the model as it is; 40 if left out.
    budget : float, optional
        Seconds after which no further trials begin. What is found then depends on how fast the machine is.
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
    run.search(trials, math.inf if budget is None else time.perf_counter() + budget, told)
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
            self._tell(proposed)
            if told is not None:
                told(min(first + BRACKET - 1, trials), trials)

    def concluded(self, asked: Model, table: Table, test: float) -> Search:
        """Return the search with its winner trained."""
        found = tuple(self._trial(number) for number in self.tried)
        whole = [trial for trial in found if len(trial.losses) == len(self.folds)]
        best = min(whole, key=lambda trial: (trial.loss, trial.number))
        settings = self._settled(best.settings, self._base.members) if best.number else {}
        model = clone(asked).set_params(**settings)
        model.fit(table, test=test)
        search = Search(found, len(self.folds), best, model)
        model.note(search=search.as_plain())
        return search

    def _settled(self, settings: dict[str, Any], members: int) -> dict[str, Any]:
        """Return the settings of a trial beside those that the effort would choose."""
        chosen: dict[str, Any] = self._base.get_params() | settings | {"members": members}
        return chosen

    def _try(self, numbers: list[int], folds: Any, until: float) -> None:
        """Keep the losses of trials on folds, where the journal has not got them."""
        missing = [(number, fold) for fold in folds for number in numbers if (number, fold) not in self.journal.losses]
        if time.perf_counter() > until:
            return
        run = trainings(_loss, [(self._model(k), self.table, self.folds[fold], self.truth) for k, fold in missing])
        for (number, fold), loss in zip(missing, run, strict=True):
            self.journal.keep(number, fold, loss)

    def _model(self, number: int) -> Model:
        model: Model = clone(self.base).set_params(**self._settled(self.tried[number], 1) | {"verbose": False})
        return model

    def _best(self, numbers: list[int], fold: int) -> list[int]:
        """Return the third of the trials that goes on, of those that were tried on the folds so far."""
        ranked = sorted((n for n in numbers if (n, fold) in self.journal.losses), key=lambda n: self._trial(n).loss)
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


def _loss(model: Model, table: Table, fold: Fold, truth: Truth) -> float:
    """Return the mean loss of the rows that a fold holds, infinite where training diverges."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a trial that does not go well, its loss tells
            answer, _ = out_of_fold(model, table, fold, model.random_state, truth.labels)
    except DivergenceError:
        return math.inf
    loss = float(row_losses(truth.of(fold.held).values, answer).mean())
    return loss if math.isfinite(loss) else math.inf


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


def ranked(search: Search) -> list[Trial]:
    """Return the trials, those that came furthest and lost least first."""
    return sorted(search.trials, key=lambda trial: (-len(trial.losses), trial.loss, trial.number))
