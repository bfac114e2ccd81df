"""What `TableClassifier` and `TableRegressor` share: from a table to a trained network and back to answers."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from clearprop.engines import Session, at_most_threads, get_precision, open_session
from clearprop.equations import Loss
from clearprop.equations.optimizers import Rule
from clearprop.equations.schedules import Schedule
from clearprop.errors import DataError, UsageError
from clearprop.estimators.facts import to_plain
from clearprop.estimators.fitting import Fitted, conclude
from clearprop.estimators.streaming import blocks, closing, encode_rows, open_table
from clearprop.estimators.table.data import (
    as_source,
    as_weights,
    check_width,
    copies,
    name_for,
    same_as,
    with_target,
)
from clearprop.estimators.table.files import FiledTable
from clearprop.estimators.table.inside import InsideTable
from clearprop.estimators.table.job import Job, facts_of, parts_of
from clearprop.estimators.table.parts import part_rows
from clearprop.estimators.table.training import train
from clearprop.fitting.checkpoints import CheckpointPlan, Resumption
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.scoring import Evaluation
from clearprop.fitting.settings import ON_TABLES, keep_arguments
from clearprop.fitting.start import first_parameters
from clearprop.model import Network
from clearprop.tables import Column, Schema, StreamedTable, Table, learn_schema
from clearprop.tables.columns.names import counted
from clearprop.training import Listener, Rows, loss_and_metric, predict

Array = NDArray[Any]


class TableEstimator(InsideTable, FiledTable, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Base of the two; see them."""

    task: str
    _asked: ClassVar[type[Recipe]] = Recipe

    def __init__(
        self,
        target: str | None = None,
        *,
        hidden: Sequence[int] = (128, 64),
        activation: str | Sequence[str] = "relu",
        dropout: float | Sequence[float] = 0.0,
        embedding: str | int = "one-hot",
        initializer: str = "auto",
        max_norm: float | None = None,
        frozen: Sequence[int] | None = None,
        loss: str | Loss | None = None,
        label_smoothing: float = 0.0,
        l1: float = 0.0,
        l2: float | None = None,
        class_weight: str | Mapping[Any, float] | None = None,
        optimizer: str | Rule = "adam",
        learning_rate: float | None = None,
        schedule: str | Schedule = "constant",
        clip_norm: float | None = None,
        clip_value: float | None = None,
        batch_size: int | None = None,
        shuffle: bool = True,
        averaging: float = 0.0,
        n_epochs: int = 200,
        n_evaluations: int | None = None,
        max_seconds: float | None = None,
        patience: int | None = 20,
        min_delta: float = 0.0,
        monitor: str | None = None,
        validation: float = 0.15,
        on_divergence: str = "restore_best",
        engine: str = "auto",
        precision: str = "float32",
        n_threads: int | None = None,
        certify: bool = True,
        random_state: int = 0,
        verbose: bool = False,
        group: str | None = None,
        time: str | None = None,
        na: Sequence[str] = (),
        bad_rows: str = "error",
        max_bad: float = 0.001,
        missing_target: str = "leave out",
        reading: Mapping[str, Any] | None = None,
        stream: bool | None = None,
        block_rows: int | None = None,
    ) -> None:
        keep_arguments(self, locals())

    def fit(
        self,
        data: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        rows: Array | None = None,
        listeners: Sequence[Listener] = (),
        checkpoints: CheckpointPlan | None = None,
        resume: Resumption | None = None,
        pause_at: int | None = None,
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
            Where and how often to write checkpoints.
        resume : Resumption, optional
            What `read_resumption` found; training goes on from there, to the bit, on the same data and settings. A
            batch solver begins anew at the weights it had reached.
        pause_at : int, optional
            Number of steps after which to stop as if interrupted.

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
        recipe = self.recipe()
        recipe.refuse_ignored()
        with at_most_threads(recipe.n_threads):
            job = self.prepare(data, y, sample_weight, rows)
            fitted = train(recipe, job, listeners, checkpoints, resume, pause_at)
            self._keep(job, fitted)
        conclude(fitted, recipe.on_divergence)
        return self

    def prepare(self, data: Any, y: Any, sample_weight: Any, rows: Array | None = None) -> Job:
        """Read, part, learn the schema, encode, and describe the network: the same for the same data and settings.

        Parameters
        ----------
        data, y, sample_weight, rows
            As `fit` takes them.

        Returns
        -------
        Job
            All that a training needs; the estimator stays as it is.

        Raises
        ------
        DataError, UsageError
            As `fit` does.
        """
        self.recipe()
        table, target = self._read_with_target(data, y)
        with closing(table, data):
            return self._prepare_from(table, target, sample_weight, rows)

    def _prepare_from(self, table: Table, target: str, sample_weight: Any, pool: Array | None) -> Job:
        table, pool = self.rows_with_target(table, target, pool)
        weights = as_weights(sample_weight, len(table), self._dtype())
        self._check_target(table.column(target))
        parts = part_rows(self.recipe(), table, target, weights, pool, classes=self.task == "classes")
        learned_from = copies(parts.train, weights)
        schema = self._suited(learn_schema(table, target, rows=learned_from, task=self.task))
        recipe, network = self.recipe(), self.describe_network(schema)
        plan = recipe.plan(len(parts.train), isinstance(table, StreamedTable))

        def encode(block: Table, rows: Array) -> Rows:
            return self._rows(schema, block, None if weights is None else weights[rows])

        training, held = (
            encode_rows(table, rows, schema.inputs.n_columns, encode) if len(rows) else None
            for rows in (parts.train, parts.held)
        )
        assert training is not None
        start = first_parameters(network, training, plan.seed)
        return Job(table, target, parts, schema, network, training, held, plan, recipe.rule(), start)

    def recipe(self) -> Recipe:
        """Return the settings, checked.

        Raises
        ------
        UsageError
            Naming the first that has no meaning, what it may be, and what came.
        """
        return self._asked(**ON_TABLES.read(self._asked, self))

    def predict_outputs(self, data: Any) -> Array:
        """Return a[L] (n_rows, n_out), the network's outputs before they become answers."""
        check_is_fitted(self)
        with at_most_threads(self.n_threads):
            return self._outputs_of(data)

    def _outputs_of(self, data: Any) -> Array:
        session, dtype = self._session(), self.parameters_.vector.dtype
        table = self._read(data, stream=self.stream)
        if not isinstance(table, StreamedTable):
            return predict(session, self.schema_.encode(table, dtype))
        with closing(table, data):
            parts = (self.schema_.encode(table.take(rows), dtype) for rows in blocks(np.arange(len(table))))
            return np.concatenate([predict(session, X) for X in parts])

    @abstractmethod
    def predict(self, data: Any) -> Array:
        """Return the answer for every row."""

    @abstractmethod
    def prediction_columns(self, data: Any) -> dict[str, Array]:
        """Return the columns `clearprop predict` writes."""

    @abstractmethod
    def _judge(self, a: Array, y: Array) -> tuple[dict[str, float], list[dict[str, Any]]]:
        """Return the scores of outputs for targets y, of all rows and of each class."""

    @abstractmethod
    def describe_network(self, schema: Schema) -> Network:
        """Return the network for this schema. Raises UsageError if the loss does not go with the target."""

    def evaluate(self, data: Any) -> Evaluation:
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
            If the target is not a column of the data.
        """
        check_is_fitted(self)
        table = self._read(data, stream=self.stream, bad_rows=self.bad_rows, keep_empty=False)
        with closing(table, data):
            name = self._target.name
            if name not in table.columns:
                raise DataError(f'{table.source} has no column "{name}", the target; without it there is no score.')
            table = table.with_classes(name) if self.task == "classes" else table
            table, rows = self.rows_with_target(table, name, None)
            y, a = self._targets_and_outputs(table, np.arange(len(table)) if rows is None else rows)
            found = loss_and_metric(self.network_, a, y, self._class_weights(self.schema_, y))
            return Evaluation(len(y), *found, *self._judge(a, y))

    def _targets_and_outputs(self, table: Table, rows: Array) -> tuple[Array, Array]:
        """Return y and a[L] of some rows; of a table on disk no more than a block of them is in memory at a time."""
        groups = blocks(rows) if isinstance(table, StreamedTable) else [rows]
        taken = (table.take(group) for group in groups)
        parts = [(self.schema_.encode_target(part), self.predict_outputs(part)) for part in taken]
        y, a = zip(*parts, strict=True)
        return np.concatenate(y), np.concatenate(a)

    def _own_score(self, name: str, data: Any, sample_weight: Any) -> float:
        """Return one of the scores on the data's own target."""
        if sample_weight is not None:
            raise UsageError("a score on the data's own target has no weights; give y beside sample_weight.")
        return self.evaluate(data).scores[name]

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return state | {"_sessions": []} if "_sessions" in state else state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _read(
        self, data: Any, *, stream: bool | None = False, bad_rows: str = "error", keep_empty: bool = True
    ) -> Table:
        """Read a table as the training table was read; every row of a file is a row, an empty one too."""
        target = self._target.name
        source = as_source(data)
        check_width(source, self.n_features_in_, type(self).__name__)
        stream = stream if isinstance(source, str | Path) else False
        return open_table(
            source, stream, **self.file_options(), na=self.na, kinds=self.schema_.kinds, bad_rows=bad_rows,
            max_bad=self.max_bad,
            keep_empty=keep_empty, target=target,
        )  # fmt: skip

    def _read_with_target(self, data: Any, y: Any) -> tuple[Table, str]:
        stream = False if y is not None else self.stream
        named = "" if self.target is None else str(self.target)  # names of columns are text, whatever a frame has
        table = open_table(
            as_source(data), stream, **(self.reading or {}), na=self.na, bad_rows=self.bad_rows, max_bad=self.max_bad,
            target=named or None,
        )  # fmt: skip
        if y is not None:
            name = named if named and named not in table.columns else name_for(y, table)
            table = with_target(table, name, y, tuple(self.na))
            self._tell_of_a_copy(table, name)
            return (table.with_classes(name) if self.task == "classes" else table), name
        target = named or table.target
        if target is None:
            names = ", ".join(f'"{name}"' for name in table.names[-5:])
            raise UsageError(
                f"{type(self).__name__} requires y to be passed, but the target y is None. Pass it, or name the column "
                f"to predict with target (the last columns are {names})."
            )
        return self.with_labels(table), target

    def file_options(self) -> dict[str, Any]:
        """Return how files are written, as `read_table` takes it; the kinds of columns stand in the schema."""
        return {name: value for name, value in (self.reading or {}).items() if name != "kinds"}

    def with_labels(self, table: Table) -> Table:
        """Return a table in which the target holds labels as they were written or given, if classes are predicted."""
        target = self.target or table.target
        return table if target is None or self.task != "classes" else table.with_classes(str(target))

    def rows_with_target(self, table: Table, target: str, pool: Array | None) -> tuple[Table, Array | None]:
        """Return the table, with a note on rows without a target, and the rows of the pool (None: all) that have one.

        Raises
        ------
        DataError
            If there are others and `missing_target` is "error", or no row has a target.
        """
        rows = np.arange(len(table)) if pool is None else np.asarray(pool)
        missing = table.column(target).missing[rows]
        n = int(missing.sum())
        if not n:
            return table, pool
        if self.missing_target == "error" or n == len(rows):
            cure = "Fill it in." if n == len(rows) else 'Fill it in, or pass missing_target="leave out".'
            problem = f"the target is missing ({counted(n, 'such row')})"
            raise table.cell_error(int(rows[np.argmax(missing)]), target, problem, cure)
        note = f'{counted(n, "row")} without a target ("{target}") left out; --missing-target error refuses them.'
        return replace(table, notes=(*table.notes, note)), rows[~missing]

    def _tell_of_a_copy(self, table: Table, target: str) -> None:
        """Warn of a column that is y itself: it gives the answer away."""
        if copied := same_as(table, target):
            warnings.warn(
                f'y is the column "{copied}" of X, which gives the answer away; leave it out of X unless you mean it.',
                UserWarning,
                stacklevel=6,
            )

    def _rows(self, schema: Schema, table: Table, weights: Array | None) -> Rows:
        dtype = self._dtype()
        Y = schema.encode_target(table, dtype)
        balance = self._class_weights(schema, Y)
        if balance is not None:
            weights = balance.astype(dtype) if weights is None else weights * balance.astype(dtype)
        return Rows(schema.encode(table, dtype), Y, weights)

    def _check_target(self, column: Column) -> None:
        """Refuse a target that means something else."""

    def _suited(self, schema: Schema) -> Schema:
        """Return the schema as the loss needs it."""
        return schema

    def _class_weights(self, schema: Schema, Y: Array) -> Array | None:
        """Return the weight of each row's class, or None where all weigh the same."""
        return None

    def _dtype(self) -> Any:
        return get_precision(self.precision).dtype

    def _keep(self, job: Job, fitted: Fitted) -> None:
        facts = {
            "estimator": type(self).__name__,
            "settings": {name: to_plain(value) for name, value in self.get_params().items()},
            **facts_of(job, fitted),
        }
        self._adopt(job.schema, fitted.network, fitted.parameters, facts)
        facts["parts"] = parts_of(job, self._session())
        self.solver_report_: Any = fitted.report

    def _session(self) -> Session:
        if not self._sessions:
            options: dict[str, Any] = {"seed": self.random_state, "engine": self.engine, "precision": self.precision}
            self._sessions.append(open_session(self.network_, self.parameters_, **options))
        return self._sessions[0]
