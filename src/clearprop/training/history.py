"""History: one record per epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from clearprop.cells import Cell, Shown, Table, number

_ROWS = 12


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch came to.

    Attributes
    ----------
    epoch : int
        1 for the first.
    loss : float
        J = D + R, averaged over the epoch's steps by the weight of their rows, each before its update.
    penalty : float
        R, averaged likewise.
    metric : float or None
        Accuracy or R² on a fixed sample of the training rows, after the epoch; None where the plan leaves it out.
    validation_loss, validation_metric : float or None
        D and the metric on the validation rows, after the epoch.
    learning_rate : float or None
        Of the epoch's last step; None in an iteration of a batch solver.
    gradient_norm : float
        Mean over the steps of the Euclidean norm of ∂J/∂(all parameters).
    seconds : float
        Wall time since training began.
    """

    epoch: int
    loss: float
    penalty: float
    metric: float | None
    validation_loss: float | None
    validation_metric: float | None
    learning_rate: float | None
    gradient_norm: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return the record as a dict of numbers."""
        return asdict(self)


class History(Shown, dict[str, list[Any]]):
    """A dict of lists with one entry per epoch, one list for each field of `EpochRecord`; it shows itself as a table.

    Of many epochs every k-th is shown, and the last.
    """

    def as_cell(self) -> Cell:
        """Return the epochs as a table, without the columns that say nothing."""
        told = {name: column for name, column in self.items() if any(value is not None for value in column)}
        n = max(map(len, told.values()), default=0)
        rows = [[_entry(column, i) for column in told.values()] for i in thinned(list(range(n)), _ROWS - 1)]
        head = [name.replace("_", " ") for name in told]
        return Cell(self._title(n), [*self._best(), Table(head, [("", rows)])] if n else [])

    def __repr__(self) -> str:
        return f"<{self._title(max(map(len, self.values()), default=0))}>"

    def _title(self, n: int) -> str:
        losses = self.get("loss", [])
        ends = f": loss {number(losses[0])} → {number(losses[-1])}" if losses else ""
        return f"History of {n} epoch{'' if n == 1 else 's'}{ends}"

    def _best(self) -> list[str]:
        """Return where the validation loss was lowest, in a sentence, where there is one."""
        known = [(loss, i) for i, loss in enumerate(self.get("validation_loss", [])) if loss is not None]
        known = [(loss, i) for loss, i in known if math.isfinite(loss)]
        if not known:
            return []
        loss, i = min(known)
        return [f"Lowest validation loss: {number(loss)}, after epoch {_entry(self.get('epoch', []), i)}."]


def _entry(column: list[Any], i: int) -> str:
    value = column[i] if i < len(column) else None
    return str(value) if isinstance(value, int) else number(value)


def monitored_value(record: EpochRecord, monitor: str, larger_is_better: bool = True) -> float:
    """Return the monitored quantity, turned so that smaller is better; what is no number is worse than any.

    Where the validation rows are such that the metric says nothing of them, their loss stands in its place.

    Parameters
    ----------
    larger_is_better : bool
        Of the metric.
    """
    value: float = getattr(record, monitor)
    if monitor == "validation_metric" and not math.isnan(value):
        return -value if larger_is_better else value
    if monitor == "validation_metric" and record.validation_loss is not None:
        value = record.validation_loss
    return math.inf if math.isnan(value) else value


def thinned(column: list[Any], n: int) -> list[Any]:
    """Return at most n + 1 of a column's entries: every k-th, and the last."""
    stride = -(-len(column) // n)
    return column if stride <= 1 else [*column[:-1:stride], column[-1]]


def as_columns(records: list[EpochRecord]) -> History:
    """Return the records as lists, one per field, ready to plot or to store."""
    return History({field.name: [getattr(record, field.name) for record in records] for field in fields(EpochRecord)})


def as_records(columns: Mapping[str, list[Any]]) -> list[EpochRecord]:
    """Undo `as_columns`; a field without a column is None throughout."""
    n = len(columns.get("epoch", []))
    fields_in_order = (columns.get(field.name, [None] * n) for field in fields(EpochRecord))
    return [EpochRecord(*row) for row in zip(*fields_in_order, strict=True)]
