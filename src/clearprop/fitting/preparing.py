"""From a table and what was asked to a job: parted, its schema learned on the training rows alone, encoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from clearprop.engines import get_precision
from clearprop.engines.sharding.exchange import ALONE, Exchange
from clearprop.equations.into_precision import beyond, targets_into
from clearprop.equations.weights import with_classes
from clearprop.fitting.aim import Aim
from clearprop.fitting.efforts import SOME_THOUSAND, Size, size_of
from clearprop.fitting.origin import Origin
from clearprop.fitting.parts import hold_out, part_rows, shares_of
from clearprop.fitting.reader import Reader
from clearprop.fitting.recipe import Recipe
from clearprop.fitting.sharing import shared, shared_job
from clearprop.fitting.start import first_parameters
from clearprop.fitting.streaming import encode_rows, take_rows
from clearprop.fitting.table_job import TableJob
from clearprop.model import Network, Parameters
from clearprop.tables import Schema, StreamedTable, Table, learn_schema
from clearprop.tables.given import as_weights, copies, weighed_by
from clearprop.training import Rows, check_metric

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Given:
    """What a fit is given beside the data and the settings.

    Attributes
    ----------
    sample_weight : array-like (n_rows,) or None
    rows : int array or None
        The rows to learn from; all if None.
    test : float
        Share of the rows to hold out to the end.
    in_parts : bool
        Whether training is to be cut and resumed, or recorded: an effort then chooses one network.
    exchange : Exchange
        The processes that share the training; of a shared one too an effort chooses one network.
    """

    sample_weight: ArrayLike | None = None
    rows: Array | None = None
    test: float = 0.0
    in_parts: bool = False
    exchange: Exchange = ALONE


@dataclass(frozen=True, eq=False)
class Preparation:
    """How an estimator makes jobs of tables.

    Attributes
    ----------
    recipe : callable
        From the size of a table to the settings, those that were left out as the effort chooses them.
    reader : Reader
    aim : Aim
    origin : Origin or None
        The network that training begins at, where it does not begin with drawn weights.
    dropout : float, sequence of float or None
        As it was asked for; None where it was not: layers of an origin then keep theirs.
    """

    recipe: Callable[[Size], Recipe]
    reader: Reader
    aim: Aim
    origin: Origin | None = None
    dropout: float | Sequence[float] | None = None

    def job(self, table: Table, target: str, given: Given) -> TableJob:
        """Return the job that a fit on these rows does.

        Raises
        ------
        DataError, UsageError
            If the data cannot be learned from, or a setting has no meaning for them.
        """
        asked, classes, sample_weight = self.recipe(SOME_THOUSAND), self.aim.task == "classes", given.sample_weight
        if asked.weights is not None:
            table, sample_weight = weighed_by(table, asked.weights, sample_weight)
        table, pool = self.reader.rows_with_target(table, target, given.rows)
        weights = as_weights(sample_weight, len(table), _dtype(asked))
        self.aim.check(table.column(target))
        pool, test = hold_out(asked, table, target, given.test, pool, classes)
        alone = given.in_parts or asked.time is not None or shared(asked, given.exchange).shards is not None
        recipe = shared(self.recipe(size_of(table, pool, weights, asked.group, alone)), given.exchange)
        parts = part_rows(recipe, table, target, weights, pool, classes)
        schema, network = self._described(table, target, parts.train, weights, recipe)
        check_metric(recipe.metric, network)
        plan = recipe.plan(len(parts.train), isinstance(table, StreamedTable))
        training = self._encoded(table, parts.train, schema, weights, recipe)
        job = TableJob(
            recipe=recipe, network=network, rows=training, plan=plan, rule=recipe.rule(),
            validation=self._encoded(table, parts.held, schema, weights, recipe) if len(parts.held) else None,
            start=self._first(network, training, plan.seed), columns=schema.column_names,
            row_numbers=parts.train, shares=shares_of(recipe, table, target, parts.train, classes),
            table=table, target=target, parts=parts, schema=schema,
            test=None if test is None else take_rows(table, test), test_share=given.test,
            begun_at="" if self.origin is None else self.origin.name,
        )  # fmt: skip
        return shared_job(job, given.exchange)

    def _described(
        self, table: Table, target: str, rows: Array, weights: Array | None, recipe: Recipe
    ) -> tuple[Schema, Network]:
        """Return the schema and the network of these training rows."""
        answers = table.column(target)
        if self.origin is not None:
            return self.origin.schema_on(answers.take(rows)), self.origin.network_as(recipe, self.dropout)
        learned = learn_schema(table, target, rows=copies(rows, weights), task=self.aim.task, bins=recipe.bins)
        schema = self.aim.suited(learned, recipe, answers.values[rows])
        return schema, self.aim.network(schema, recipe)

    def _encoded(self, table: Table, rows: Array, schema: Schema, weights: Array | None, recipe: Recipe) -> Rows:
        dtype = _dtype(recipe)

        def encode(block: Table, numbers: Array) -> Rows:
            Y = _targets(schema, block, dtype)
            own = None if weights is None else weights[numbers]
            return Rows(schema.encode(block, dtype), Y, with_classes(own, self.aim.weights(schema, Y), dtype))

        return encode_rows(table, rows, schema.inputs.n_columns, encode)

    def _first(self, network: Network, training: Rows, seed: int) -> Parameters:
        if self.origin is not None:
            return self.origin.start(network, training.dtype)
        return first_parameters(network, training, seed)


def _targets(schema: Schema, block: Table, dtype: DTypeLike) -> Array:
    """Return the targets to learn in a precision; a number that it cannot hold is named by its cell."""
    Y: Array = schema.encode_target(block)
    largest = beyond(Y, dtype)
    if largest is not None and schema.target is not None:
        held = f"{Y[largest]:g} cannot be held in {np.dtype(dtype)}"
        raise block.cell_error(largest, schema.target.name, held, 'Scale the column, or pass precision="float64".')
    return targets_into(Y, dtype)


def _dtype(recipe: Recipe) -> DTypeLike:
    """Return that of rows and weights."""
    return get_precision(recipe.precision or np.float32).dtype
