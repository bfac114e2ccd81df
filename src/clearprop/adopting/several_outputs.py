"""SeveralOutputs: a network of arrays with several answers per row, on a table with a column for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from clearprop.equations.targets import check_targets
from clearprop.errors import DataError, UsageError
from clearprop.estimators.table.base import Array
from clearprop.estimators.table_regressor import TableRegressor
from clearprop.fitting.scoring import Evaluation, class_rows, regression_scores
from clearprop.tables import Source, Table
from clearprop.tables.match import conform
from clearprop.tables.schema import check_complete
from clearprop.training import loss_and_metric

HALF = 0.5


class SeveralOutputs(TableRegressor):
    """Numbers, or labels each for itself: predict, evaluate, encode and trace; made by `on_table`, never trained."""

    outputs_: tuple[str, ...]
    targets_: tuple[str, ...]
    of_labels_: bool

    def answers(self, outputs: tuple[str, ...], targets: tuple[str, ...], of_labels: bool) -> None:
        """Say what the outputs are called, which columns hold the true ones, and whether they are labels."""
        if len(targets) != len(outputs):
            raise UsageError(
                f"the network has {len(outputs)} outputs ({', '.join(outputs)}); name a target for each, "
                f"got {', '.join(targets)}."
            )
        self.outputs_, self.targets_, self.of_labels_ = outputs, targets, of_labels

    def prediction_columns(self, data: Source) -> dict[str, Array]:
        """Return every output of every row; of labels whether it holds, and its probability."""
        a = self.predict_outputs(data)
        if not self.of_labels_:
            return dict(zip(self.outputs_, a.T, strict=True))
        found = {}
        for name, column in zip(self.outputs_, a.T, strict=True):
            found[f"prediction of {name}"] = (column > HALF).astype(np.int64)
            found[f"probability of {name}"] = column
        return found

    def rows_of(self, table: Table, dtype: DTypeLike) -> tuple[Array, Array]:
        """Return X, and Y (n_rows, n_outputs)."""
        return self.schema_.encode(table, dtype), self._true(table, dtype)

    def _output_names(self) -> tuple[str, ...]:
        return self.outputs_

    def evaluate(self, data: Source) -> Evaluation:
        """Score every output, and all of them together."""
        table = self._read(data, judged=True)
        Y, a = self._true(table, np.float64), self.predict_outputs(table)
        loss, metric = loss_and_metric(self.network_, a, Y, None)
        pairs = list(zip(self.outputs_, Y.T, a.T, strict=True))
        if self.of_labels_:
            right = (a > HALF) == (Y > HALF)
            scores = {"all_labels_right": float(right.all(axis=1).mean()), "accuracy": float(right.mean())}
            classes = [
                class_rows((true > HALF).astype(int), np.stack([1 - p, p], axis=1), np.array(["", name]))[1]
                for name, true, p in pairs
            ]
            return Evaluation(len(Y), loss, metric, scores, classes)
        scores = {
            f"{score} of {name}": value
            for name, true, p in pairs
            for score, value in regression_scores(true, p).items()
        }
        return Evaluation(len(Y), loss, metric, scores, [])

    def _true(self, table: Table, dtype: DTypeLike) -> Array:
        """Return the true answers (n_rows, n_outputs) of a table."""
        columns = []
        for name in self.targets_:
            if name not in table.columns:
                raise DataError(
                    f'{table.source} has no column "{name}", one of {len(self.targets_)} targets; name all.'
                )
            check_complete(table, column := conform(table, name, "number"))
            columns.append(column.values)
        Y = np.column_stack(columns).astype(dtype)
        check_targets(Y, self.network_.objective.loss, len(columns))
        return Y
