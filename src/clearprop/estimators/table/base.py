"""What `TableClassifier` and `TableRegressor` share: from a table to a trained network and back to answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Tags

from clearprop.answering.table import check_fitted
from clearprop.engines import at_most_threads
from clearprop.engines.sharding.exchange import ALONE, Exchange
from clearprop.equations import Loss, Rule, Schedule
from clearprop.errors import DataError, UsageError
from clearprop.estimators.table.files import FiledTable
from clearprop.estimators.table.inside import InsideTable
from clearprop.fitting.aim import Aim
from clearprop.fitting.checkpoints import CheckpointPlan
from clearprop.fitting.efforts import SOME_THOUSAND, Size, settled
from clearprop.fitting.endings import conclude
from clearprop.fitting.fitted import Fitted
from clearprop.fitting.origin import Origin
from clearprop.fitting.preparing import Given, Preparation
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.scoring import Evaluation
from clearprop.fitting.settings import ON_TABLES, keep_arguments
from clearprop.fitting.sharing import joined
from clearprop.fitting.streaming import PASSING_ROWS, blocks, closing, gathered
from clearprop.fitting.table_job import TableJob
from clearprop.fitting.table_training import train
from clearprop.fitting.trained import trained
from clearprop.tables import Schema, Source, StreamedTable, Table
from clearprop.training import Listener, loss_and_metric

if TYPE_CHECKING:
    from mpi4py import MPI

Array = NDArray[Any]


class TableEstimator(InsideTable, FiledTable, BaseEstimator):
    """Base of the two; see them."""

    _asked: ClassVar[type[Recipe]] = Recipe
    _origin: Origin | None = None

    def __init__(
        self,
        target: str | None = None,
        *,
        effort: str | None = None,
        hidden: Sequence[int] | None = None,
        activation: str | Sequence[str] | None = None,
        dropout: float | Sequence[float] | None = None,
        embedding: str | int = "one-hot",
        bins: int | None = None,
        root_rates: bool | None = None,
        initializer: str = "auto",
        max_norm: float | None = None,
        frozen: Sequence[int] | None = None,
        loss: str | Loss | None = None,
        label_smoothing: float = 0.0,
        l1: float = 0.0,
        l2: float | None = None,
        class_weight: str | Mapping[object, float] | None = None,
        calibration: str = "auto",
        optimizer: str | Rule | None = None,
        learning_rate: float | None = None,
        schedule: str | Schedule | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        batch_size: int | None = None,
        shuffle: bool = True,
        shards: int | None = None,
        averaging: float | None = None,
        clamp: bool | None = None,
        members: int | None = None,
        by: str = "folds",
        n_epochs: int | None = None,
        n_evaluations: int | None = None,
        max_seconds: float | None = None,
        patience: int | str | None = "auto",
        min_delta: float = 0.0,
        monitor: str | None = None,
        metric: str | None = None,
        validation: float = 0.15,
        on_divergence: str = "restore_best",
        engine: str = "auto",
        precision: str = "float32",
        device: str | None = None,
        n_threads: int | None = None,
        certify: bool = True,
        random_state: int = 0,
        verbose: bool = False,
        group: str | None = None,
        time: str | None = None,
        weights: str | None = None,
        na: Sequence[str] = (),
        bad_rows: str = "error",
        max_bad: float = 0.001,
        missing_target: str = "leave out",
        reading: Mapping[str, object] | None = None,
        stream: bool | None = None,
        block_rows: int | None = None,
    ) -> None:
        keep_arguments(self, locals())

    def fit(
        self,
        data: Source,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        rows: Array | None = None,
        listeners: Sequence[Listener] = (),
        checkpoints: CheckpointPlan | None = None,
        test: float = 0.0,
        comm: MPI.Comm | Exchange | None = None,
    ) -> Self:
        """Learn the schema of a table and train a network on it.

        Parameters
        ----------
        data : DataFrame, array, mapping, path, or name of a bundled set
            Whatever `clearprop.tables.read_table` reads.
        y : array-like (n_rows,), optional
            The target, where it is not a column of the data.
        sample_weight : array-like (n_rows,), optional
            A weight of k counts as k copies of the row: in the objective, and, where all weights are whole numbers, in
            the schema. Which rows are held out and which make a batch is drawn by the row, not by the copy.
        rows : int array, optional
            The rows to learn from, ascending; all if left out.
        listeners : sequence of Listener
            Functions of the training's events.
        checkpoints : CheckpointPlan, optional
            Where and how often to write checkpoints, and which to go on from.
        test : float
            Share of the rows to hold out to the end, as ``clearprop train`` does; the scores on them are
            ``facts_.test.scores``.
        comm : mpi4py.MPI.Comm, optional
            Processes that share the training: each calls `fit` with the same data, and ends with the same model. The
            first writes checkpoints and shows progress.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If the data cannot be learned from; the message names file, line and column.
        DivergenceError
            If training diverged before there was one good epoch; `error.autopsy` tells the likely cause.
        UsageError
            If a setting has no meaning, by itself or beside the others.
        KeyboardInterrupt
            If a signal ended the training; the estimator is fitted with the best weights so far.
        """
        with joined(comm) as exchange:
            job = self.prepare(data, y, sample_weight, rows, test, checkpoints is not None, exchange)
            fitted = self.train(job, listeners, checkpoints)
        self.judge(job)
        conclude(fitted, self.on_divergence)
        return self

    def train(
        self,
        job: TableJob,
        listeners: Sequence[Listener] = (),
        checkpoints: CheckpointPlan | None = None,
    ) -> Fitted:
        """Train on a prepared job and keep what was learned, whatever ended the training.

        Parameters
        ----------
        job : TableJob
            What `prepare` returned.
        listeners, checkpoints
            As `fit` takes them.

        Returns
        -------
        Fitted
            `clearprop.fitting.endings.conclude` says how it ended, as `fit` does.
        """
        return self.keep(job, train(job, listeners, checkpoints))

    def keep(self, job: TableJob, found: Sequence[Fitted]) -> Fitted:
        """Keep what was learned by each member of a job; return the one that ended badly, else the first."""
        with at_most_threads(self.n_threads):
            settings = {name: getattr(self, name) for name in self._argument_names()}
            left = trained(job, found, type(self).__name__, settings)
        self._adopt(left.schema, left.network, left.members, left.facts)
        self._sessions.extend(left.sessions)
        self.solver_report_ = found[0].report
        return next((fitted for fitted in found if fitted.diverged or fitted.interrupted), found[0])

    def judge(self, job: TableJob) -> None:
        """Score the rows that were held out to the end, where there are any; `facts_.test` has the scores."""
        if job.test is None:
            return
        found = self.evaluate(job.test)
        self.facts_ = self.facts_.judged(found.n_rows, found.loss, found.metric, found.scores)

    def note(self, **known: object) -> None:
        """Add to what is known of the training, as a command or a search does."""
        self.facts_ = self.facts_.but(**known)

    def prepare(
        self,
        data: Source,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        rows: Array | None = None,
        test: float = 0.0,
        in_parts: bool = False,
        exchange: Exchange = ALONE,
    ) -> TableJob:
        """Read, part, learn the schema, encode, and describe the network: the same for the same data and settings.

        Parameters
        ----------
        data, y, sample_weight, rows, test
            As `fit` takes them.
        in_parts : bool
            Whether training is to be cut and resumed, or recorded: an effort then chooses one network.
        exchange : Exchange
            The processes that share it.

        Returns
        -------
        TableJob
            The estimator stays as it is.

        Raises
        ------
        DataError, UsageError
            As `fit` does.
        """
        recipes, reader = self._recipes(), self.reader()
        recipes(SOME_THOUSAND).refuse_ignored()
        table, name = reader.with_target(data, y)
        with at_most_threads(self.n_threads), closing(table, data):
            given = Given(sample_weight, rows, test, in_parts, exchange)
            how = Preparation(recipes, reader, self._aim(), self._origin, self.dropout)
            return how.job(table, name, given)

    def go_on_from(self, origin: Origin) -> None:
        """Let `prepare`, and so `fit`, begin at another network; `clearprop.adopting.origin_of` makes one of a model.

        Its columns, layers and loss stay; of the settings those of `clearprop.fitting.origin.FIXED` have no meaning,
        and penalties, dropout, `max_norm` and `frozen` that are left out stay as the network has them.
        """
        *hidden, _ = origin.network.layers
        self._origin, self.effort = origin, "quick"
        self.hidden = tuple(layer.units for layer in hidden)
        self.activation = tuple(layer.activation for layer in hidden)

    def recipe(self, size: Size = SOME_THOUSAND) -> Recipe:
        """Return the settings, checked; those that are left out as the effort chooses them for a table of this size.

        Raises UsageError, naming the first that has no meaning, what it may be, and what came.
        """
        return self._recipes()(size)

    def _recipes(self) -> Callable[[Size], Recipe]:
        """Return the recipe for each size of a table, of the settings as they are now."""
        asked = ON_TABLES.read(self._asked, self)
        return lambda size: self._asked(**settled(asked, size))

    @abstractmethod
    def _aim(self) -> Aim:
        """Return what it is for."""

    @abstractmethod
    def _judge(self, a: Array, y: Array) -> tuple[dict[str, float], list[dict[str, object]]]:
        """Return the scores of outputs for targets y, of all rows and of each class."""

    def evaluate(self, data: Source) -> Evaluation:
        """Score predictions on rows that have the target.

        Parameters
        ----------
        data : DataFrame, array, mapping, path, or name of a bundled set

        Returns
        -------
        Evaluation

        Raises
        ------
        DataError
            If the target is no column of it.
        """
        check_fitted(self)
        table = self._read(data, stream=self.stream, judged=True)
        with closing(table, data):
            name = self.target_.name
            if name not in table.columns:
                raise DataError(f'{table.source} has no column "{name}", the target; without it there is no score.')
            table = table.with_classes(name) if self.task == "classes" else table
            table, rows = self.reader().rows_with_target(table, name, None)
            y, a = self._targets_and_outputs(table, rows)
            found = loss_and_metric(self.network_, a, y, self._class_weights(self.schema_, y), self.metric)
            return Evaluation(len(y), *found, *self._judge(a, y))

    def _targets_and_outputs(self, table: Table, rows: Array | None) -> tuple[Array, Array]:
        """Return y and a[L] of some rows, or of all; of a table on disk a block of them is in memory at a time."""
        n_rows = len(table) if rows is None else len(rows)
        parts: Iterable[Table]
        if isinstance(table, StreamedTable):
            parts = map(table.take, blocks(n_rows if rows is None else rows, PASSING_ROWS))
        else:
            parts = [table if rows is None else table.take(rows)]
        return gathered(((self.schema_.encode_target(part), self.predict_outputs(part)) for part in parts), n_rows)

    def _own_score(self, name: str, data: Source, sample_weight: ArrayLike | None) -> float:
        """Return one of the scores on the data's own target."""
        if sample_weight is None:
            return self.evaluate(data).scores[name]
        raise UsageError("a score on the data's own target has no weights; give y beside sample_weight.")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    @classmethod
    @cache
    def _argument_names(cls) -> tuple[str, ...]:
        """Return those of the constructor, which scikit-learn reads out of its signature."""
        return tuple(cls._get_param_names())

    def _class_weights(self, schema: Schema, Y: Array) -> Array | None:
        return self._aim().weights(schema, Y)
