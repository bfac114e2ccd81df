"""The rows a model gets most wrong, and how hard each would pull at the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.clinic.layer_states import trace_rows
from clearprop.estimators.table.base import TableEstimator
from clearprop.model import row_gradient_norms
from clearprop.tables import Table
from clearprop.training import Rows

Array = NDArray[Any]

WORST = 10


@dataclass(frozen=True)
class WorstRow:
    """A row that is predicted badly.

    Attributes
    ----------
    where : str
        File and line.
    true, predicted : Any
    probability : float or None
        Of the true class.
    loss : float
    gradient_norm : float
        ‖∂ℓ_n/∂(all parameters)‖.
    values : dict of str to Any
        Cells of the most important columns.
    """

    where: str
    true: Any
    predicted: Any
    probability: float | None
    loss: float
    gradient_norm: float
    values: dict[str, Any]


def worst_rows(
    estimator: TableEstimator, table: Table, rows: Rows, losses: Array, predicted: Array, columns: list[str]
) -> list[WorstRow]:
    """Return the rows with the largest loss.

    Parameters
    ----------
    rows : Rows
        The table, encoded.
    losses : array (n_rows,)
    predicted : array (n_rows, n_classes) or (n_rows,)
        Probabilities, or numbers.
    columns : list of str
        Whose cells to show.
    """
    worst = np.argsort(-losses, kind="stable")[:WORST]
    norms = row_gradient_norms(trace_rows(estimator.network_, estimator.parameters_, rows.take(worst)))
    target = table.column(estimator.target_.name)
    classes = predicted.ndim == 2
    answers = estimator.schema_.decode_target(predicted[worst].argmax(axis=1)) if classes else predicted[worst]
    return [
        WorstRow(
            where=table.where(int(row)),
            true=target.cells(target.values[[row]])[0],
            predicted=answers[k].item() if hasattr(answers[k], "item") else answers[k],
            probability=float(predicted[row, int(rows.Y[row])]) if classes else None,
            loss=float(losses[row]),
            gradient_norm=float(norms[k]),
            values={name: _cell(table, name, int(row)) for name in columns},
        )
        for k, row in enumerate(worst)
    ]


def _cell(table: Table, name: str, row: int) -> Any:
    column = table.column(name)
    return column.cells(column.values[[row]])[0]
