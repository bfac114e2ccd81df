"""Look inside a fitted table estimator: a whole trace, the derivative by the inputs, the rows that pull hardest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from clearprop import explain, model
from clearprop.clinic import Autopsy, FitDiagnosis, diagnose_fit
from clearprop.estimators.table.data import with_target
from clearprop.estimators.table.doctor import as_fit
from clearprop.explain.derivatives import row_gradient_norms
from clearprop.model import Names, Network, Parameters, Trace
from clearprop.tables import Schema, StreamedTable, Table
from clearprop.tables.encodings import ClassTarget, NumberTarget

Array = NDArray[Any]


class InsideTable:
    """What a fitted estimator shows of its network. The estimator supplies its schema, and reads tables."""

    network_: Network
    parameters_: Parameters
    schema_: Schema
    random_state: int
    na: Sequence[str]
    _read: Any
    _class_weights: Any
    prepare: Any

    def trace(self, data: Any, y: Any = None) -> Trace:
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

    def input_jacobian(self, data: Any) -> Array:
        """Return the derivative of every output by every column of a[0], for each row.

        Returns
        -------
        array (n_rows, n_outputs, n_inputs)
            ∂a[L]/∂a[0]: of the probabilities (of the second class, where there are two) or of the standardised
            number, by the standardised columns; ``schema_.feature_names`` are their names.
        """
        check_is_fitted(self)
        X = self.schema_.encode(self._read(data), self.parameters_.vector.dtype)
        return model.input_jacobian(self.network_, self.parameters_, X)

    def row_gradient_norms(self, data: Any, y: Any = None) -> Array:
        """Return ‖∂ℓ_n/∂θ‖ of every row, shape (n_rows,): how hard each row pulls at the weights.

        The rows that pull hardest are the first to look at for wrong labels.
        """
        return row_gradient_norms(self.network_, self.parameters_, *self.encode(data, y)[:2])

    def diagnose_fit(self, data: Any, y: Any = None, sample_weight: Any = None) -> FitDiagnosis:
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
        check_is_fitted(self)
        return diagnose_fit(as_fit(self, self.prepare(data, y, sample_weight)))

    def encode(self, data: Any, y: Any = None) -> tuple[Array, Array, Names]:
        """Return X and Y as the network takes them, and what their columns and rows are called.

        Returns
        -------
        X : array (n_rows, n_columns)
        Y : array (n_rows,)
            Class indices, or standardised numbers.
        names : Names
            Of the columns of a[0], of the outputs, and of the rows.
        """
        check_is_fitted(self)
        table, dtype = self._read(data), self.parameters_.vector.dtype
        if y is not None:
            table = with_target(table, self._target.name, y, tuple(self.na))
        X, Y = self.schema_.encode(table, dtype), self.schema_.encode_target(table, dtype)
        origin = range(len(table)) if table.origin is None else table.origin
        rows = tuple(f"row {n}" for n in origin)
        return X, Y, Names(self.schema_.feature_names, self._output_names(), rows)

    def _output_names(self) -> tuple[str, ...]:
        """Return the name of each output: its class, the second of two; or that of the target."""
        labels = tuple(str(label) for label in getattr(self._target, "labels", (self._target.name,)))
        return labels[-self.network_.n_out :]

    @property
    def _target(self) -> ClassTarget | NumberTarget:
        """The column to predict."""
        assert self.schema_.target is not None, "an estimator is fitted to a target"
        return self.schema_.target


def with_cells(autopsy: Autopsy, table: Table, names: Sequence[str]) -> Autopsy:
    """Return the autopsy with the table's rows and the cells that stand there, not the numbers made of them."""
    found, origin = autopsy.divergence, np.arange(len(table)) if table.origin is None else table.origin
    rows = origin[autopsy.rows]
    if found.row is None or isinstance(table, StreamedTable):  # a streamed table is closed by then
        return replace(autopsy, rows=rows)
    cells = {name: _cell(table, name, found.row) for name in names}
    return replace(autopsy, rows=rows, divergence=replace(found, row=int(origin[found.row])), features=cells)


def _cell(table: Table, name: str, row: int) -> float | str:
    column = table.column(name)
    cell = column.cells(column.values[row : row + 1])[0]
    if cell is None:
        return "missing"
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell)
