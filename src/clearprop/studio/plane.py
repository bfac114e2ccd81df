"""Plane: what a network answers over one or two columns of its table, all others being as in one row.

The numbers of the columns are laid on an even grid between the least and the largest of the training rows, encoded as
the training table was, and put through the network of one moment: over two columns a decision boundary, over one a
curve.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.errors import UsageError
from clearprop.fitting.table_job import TableJob
from clearprop.studio.run import Run
from clearprop.tables import Table
from clearprop.tables.encodings import ClassTarget
from clearprop.uncertainty import probabilities

Array = NDArray[Any]

ACROSS = {1: 121, 2: 41}
"""Points along each column, by how many columns there are."""
MOST_DOTS = 300
MARGIN = 0.04


@dataclass(frozen=True, eq=False)
class Plane:
    """What is drawn.

    Attributes
    ----------
    columns : tuple of str
        One or two; the first lies across.
    axes : tuple of array
        The places along each column, in the units of the table.
    values : float32 array (n_y, n_x, k), or (n_x, k) over one column
        The probability of every class, or the number in the units of the target.
    labels : tuple of str
        Of the classes; the name of the target alone for a number.
    dots : array (n_dots, n_columns + 1)
        Some training rows: their numbers, and the place of their class or the target.
    """

    columns: tuple[str, ...]
    axes: tuple[Array, ...]
    values: NDArray[np.float32]
    labels: tuple[str, ...]
    dots: Array

    def plain(self) -> dict[str, Any]:
        """Return it as JSON data; the values as text, row after row."""
        return {
            "columns": list(self.columns), "axes": [axis.tolist() for axis in self.axes],
            "values": base64.b64encode(self.values.astype("<f4").tobytes()).decode("ascii"),
            "labels": list(self.labels), "dots": np.round(self.dots, 6).tolist(),
        }  # fmt: skip


def choices(run: Run) -> list[str]:
    """Return the columns of numbers that the network of a run takes."""
    return [column.name for column in run.now.job.schema.columns if column.reads == "number"]


def plane(run: Run, step: int, columns: Sequence[str], row: int) -> Plane:
    """Return what the network of a run answers after so many steps.

    Parameters
    ----------
    run : Run
    step : int
    columns : sequence of str
        One or two of `choices`.
    row : int
        Which of the shown rows the other columns are taken from.

    Raises
    ------
    UsageError
        If they are others, or there is no such row.
    DataError
        If that step cannot be computed again.
    """
    names = tuple(dict.fromkeys(columns))
    if not 1 <= len(names) <= max(ACROSS) or not set(names) <= set(choices(run)):
        raise UsageError(f"one or two of the columns of numbers are drawn: {', '.join(choices(run))}.")
    if not 0 <= row < len(run.rows):
        raise UsageError(f"row must be one of the {len(run.rows)} rows that are shown.")
    job = run.now.job
    axes = tuple(_axis(job, name, ACROSS[len(names)]) for name in names)
    mesh = np.meshgrid(*axes)
    places = job.parts.train[np.full(mesh[0].size, run.rows[row])]
    X = job.schema.encode(_moved(job.table.take(places), dict(zip(names, mesh, strict=True))), job.rows.dtype)
    outputs = run.answers(step, X).astype(np.float64)
    values = _in_units(job, outputs).reshape(*mesh[0].shape, -1)
    return Plane(names, axes, values.astype(np.float32), _labels(job), _dots(job, names))


def _axis(job: TableJob, name: str, n: int) -> Array:
    known = job.table.column(name).values[job.parts.train]
    low, high = np.nanmin(known), np.nanmax(known)
    margin = MARGIN * (high - low)
    return np.linspace(low - margin, high + margin, n)


def _moved(table: Table, places: dict[str, Array]) -> Table:
    """Return the table with other numbers in some columns."""
    moved = {name: replace(table.column(name), values=at.ravel()) for name, at in places.items()}
    return replace(table, columns={**table.columns, **moved})


def _in_units(job: TableJob, outputs: Array) -> Array:
    target = job.schema.target
    assert target is not None, "a run has a target"
    return probabilities(outputs) if isinstance(target, ClassTarget) else target.answer(outputs)


def _labels(job: TableJob) -> tuple[str, ...]:
    target = job.schema.target
    return tuple(map(str, target.labels)) if isinstance(target, ClassTarget) else (job.target,)


def _dots(job: TableJob, names: Sequence[str]) -> Array:
    rows = job.parts.train[:: -(-len(job.parts.train) // MOST_DOTS)]
    some = job.table.take(rows)
    codes = isinstance(job.schema.target, ClassTarget)
    target = job.schema.encode_target(some) if codes else some.column(job.target).values
    dots = np.column_stack([*(some.column(name).values for name in names), target])
    known: Array = dots[np.isfinite(dots).all(axis=1)]
    return known
