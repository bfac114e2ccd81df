"""Look inside a fitted table estimator: a whole trace, the derivative by the inputs, the rows that pull hardest."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from numpy.typing import ArrayLike, DTypeLike, NDArray

from clearprop import explain, model
from clearprop.answering.table import AnsweringTable, check_fitted
from clearprop.clinic import Fit, FitDiagnosis, diagnose_fit
from clearprop.explain.derivatives import row_gradient_norms
from clearprop.fitting.efforts import QUICK
from clearprop.fitting.facts import TrainingFacts
from clearprop.fitting.table_job import TableJob
from clearprop.model import Names, Trace
from clearprop.tables import Schema, Source, Table
from clearprop.tables.encodings.strict import indicator_name, place_name
from clearprop.tables.given import with_target
from clearprop.training import History

Array = NDArray[Any]


class InsideTable(AnsweringTable):
    """What a fitted estimator shows of its network; the estimator reads tables, and says what it trained on."""

    facts_: TrainingFacts
    history_: History
    effort: str | None

    @abstractmethod
    def prepare(self, data: Source, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None) -> TableJob:
        """Return the job that a fit on these rows does."""

    @abstractmethod
    def _class_weights(self, schema: Schema, Y: Array) -> Array | None:
        """Return the weight of each row's class, or None where all weigh the same."""

    def trace(self, data: Source, y: ArrayLike | None = None) -> Trace:
        """Return every z, a, delta, dW and db of one pass over the rows, forward and backward; nothing changes.

        Parameters
        ----------
        data : DataFrame, array, mapping, path, or name of a bundled set
        y : array-like (n_rows,), optional
            The target, where it is not a column of the data.

        Returns
        -------
        Trace
            Of the objective the estimator was trained for, weights of classes included, with the names of rows,
            columns and classes: print it for a table, ``trace["delta2"]`` is one array, ``trace.axes("dW1")`` are its
            names.
        """
        X, Y, names = self.encode(data, y)
        weights = self._class_weights(self.schema_, Y)
        return explain.trace(self.network_, self.parameters_, X, Y, weights, self.random_state, names=names)

    def input_jacobian(self, data: Source) -> Array:
        """Return the derivative of every output by every column of a[0], for each row.

        Returns
        -------
        array (n_rows, n_outputs, n_inputs)
            ∂a[L]/∂a[0]: of the probabilities (of the second class, where there are two) or of the standardised
            number, by the standardised columns; ``schema_.feature_names`` are their names.
        """
        check_fitted(self)
        X = self.schema_.encode(self._read(data), self.parameters_.vector.dtype)
        return model.input_jacobian(self.network_, self.parameters_, X)

    def row_gradient_norms(self, data: Source, y: ArrayLike | None = None) -> Array:
        """Return ‖∂ℓ_n/∂θ‖ of every row, shape (n_rows,): how hard each row pulls at the weights.

        The rows that pull hardest are the first to look at for wrong labels.
        """
        return row_gradient_norms(self.network_, self.parameters_, *self.encode(data, y)[:2])

    def diagnose_fit(
        self, data: Source, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> FitDiagnosis:
        """Examine this fit: what ails it, how one can tell, and what to change.

        Parameters
        ----------
        data, y, sample_weight
            The very ones that were given to `fit`.

        Returns
        -------
        FitDiagnosis
            Print it; each finding's `parameters` are ready for `set_params`.
        """
        check_fitted(self)
        return diagnose_fit(self.as_fit(self.prepare(data, y, sample_weight)))

    def as_fit(self, job: TableJob) -> Fit:
        """Return the fit that this estimator made of a job, as the clinic takes it.

        Parameters
        ----------
        job : TableJob
            What `prepare` makes of the data it was fitted on.
        """
        # without it, a setting that is given would make the effort another one
        beside = {"effort": job.recipe.effort} if self.effort is None and job.recipe.effort != QUICK else {}
        return Fit(
            network=self.network_, parameters=self.parameters_, start=job.start, rows=job.rows, plan=job.plan,
            rule=None if job.recipe.solver else job.rule, validation=job.validation, history=self.history_,
            stopped=self.facts_.stopped, columns=self.schema_.column_names, judged=_judged_columns(self.schema_),
            beside=beside,
        )  # fmt: skip

    def encode(self, data: Source, y: ArrayLike | None = None) -> tuple[Array, Array, Names]:
        """Return X and Y as the network takes them, and what their columns and rows are called.

        Returns
        -------
        X : array (n_rows, n_columns)
        Y : array (n_rows,)
            Class indices, or standardised numbers.
        names : Names
            Of the columns of a[0], of the outputs, and of the rows.
        """
        check_fitted(self)
        table, dtype = self._read(data), self.parameters_.vector.dtype
        if y is not None:
            table = with_target(table, self.target_.name, y, tuple(self.na))
        X, Y = self.rows_of(table, dtype)
        origin = range(len(table)) if table.origin is None else table.origin
        rows = tuple(f"row {n}" for n in origin)
        return X, Y, Names(self.schema_.feature_names, self._output_names(), rows)

    def rows_of(self, table: Table, dtype: DTypeLike) -> tuple[Array, Array]:
        """Return X and Y of a table that was read as the training table was, as the network takes them."""
        return self.schema_.encode(table, dtype), self.schema_.encode_target(table, dtype)

    def _output_names(self) -> tuple[str, ...]:
        return self.schema_.output_names(self.network_.n_out)


def _judged_columns(schema: Schema) -> tuple[int, ...]:
    """Return the columns of X that are columns of the table, not indicators of missing cells or places among bins."""
    derived = {indicator_name(name) for name in schema.names} | {place_name(name) for name in schema.names}
    return tuple(j for j, name in enumerate(schema.column_names) if name not in derived)
