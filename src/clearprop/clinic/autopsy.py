"""The autopsy of a diverged run: what was the first number that was not finite, and what probably made it so.

`clearprop.training.divergence` finds the place; here the cause is read from the trace of the step that was refused, and
one change of one parameter is proposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.cells import Cell, Part, Shown, Table, number
from clearprop.clinic.causes import Cause, find_cause
from clearprop.engines import Session, State
from clearprop.errors import UsageError
from clearprop.model import Trace
from clearprop.training import Divergence, Training
from clearprop.training.divergence import locate

Array = NDArray[Any]

_SHOWN = 8  # values of the row, the largest


@dataclass(frozen=True, eq=False, repr=False)
class Autopsy(Shown):
    """What is known about a divergence.

    Attributes
    ----------
    divergence : Divergence
        Quantity, layer, unit, data row, step.
    cause : Cause
        The likeliest one, with its evidence and one change of one parameter.
    features : dict of str to float or str
        The row's values by column; empty where the first bad number belongs to no row.
    trace : Trace
        Of the step that was refused: the last good parameters, and everything computed from them.
    rows : int array (batch,)
        Rows of the training data in that batch.
    """

    divergence: Divergence
    cause: Cause
    features: dict[str, float | str]
    trace: Trace
    rows: Array

    def replay(self, session: Session) -> Divergence:
        """Compute the refused step again from the last good state, and return where it breaks.

        The session, opened for the same network with the same seed, is left in the state it came in.
        """
        before = session.get_state()
        session.set_state(State(self.trace.parameters.vector.copy(), before.slots, self.trace.step))
        try:
            with np.errstate(all="ignore"):
                trace = session.trace(self.trace.X, self.trace.Y, self.trace.weights)
        finally:
            session.set_state(before)
        return locate(trace, self.rows, self.divergence.epoch, self.divergence.learning_rate)

    def as_cell(self) -> Cell:
        """Return the place, the likely cause, the change, and the row by its largest values."""
        cause = self.cause
        parts: list[Part] = [f"{self._place}.", f"Likely cause: {cause.says}."]
        parts.append(
            Table(("change", "from", "to"), [("", [(cause.parameter, cause.now, cause.instead)])], words=(1, 2))
        )
        if self.features:
            rows = [(name, value if isinstance(value, str) else number(value)) for name, value in self._largest]
            more = f", its {_SHOWN} largest values of {len(self.features)}" if len(self.features) > _SHOWN else ""
            parts.append(Table(("column", "value"), [("", rows)], f"Data row {self.divergence.row}{more}"))
        return Cell(f"Training diverged {self.divergence.when}", parts, "severe")

    @property
    def _place(self) -> str:
        found = self.divergence
        places = (("layer", found.layer), ("unit", found.unit), ("data row", found.row))
        where = ", ".join(f"{name} {index}" for name, index in places if index is not None)
        return f"{found.quantity} is {found.value}{f' at {where}' if where else ''}"

    @property
    def _largest(self) -> list[tuple[str, float | str]]:
        return sorted(self.features.items(), key=lambda item: -_size(item[1]))[:_SHOWN]

    def __repr__(self) -> str:
        return f"<Autopsy: diverged {self.divergence.when}; likely cause: {self.cause.name}>"

    def __str__(self) -> str:
        lines = [
            f"{self.divergence.when.removeprefix('in ').capitalize()}: {self._place}.",
            f"Likely cause: {self.cause.says}.",
            f"Change {self.cause.parameter}: {self.cause.now} → {self.cause.instead}.",
        ]
        if self.features:
            values = (f"{name} = {value if isinstance(value, str) else f'{value:g}'}" for name, value in self._largest)
            more = ", ..." if len(self.features) > _SHOWN else ""
            lines.append(f"The row: {', '.join(values)}{more}.")
        return "\n".join(lines)


def autopsy(
    trace: Trace, rows: Array, epoch: int, learning_rate: float | None, feature_names: Sequence[str] | None = None
) -> Autopsy:
    """Examine the trace of a step that was refused because a number in it is not finite.

    Parameters
    ----------
    trace : Trace
        Of that step: ``session.trace`` on its batch, before the weights changed.
    rows : int array (batch,)
        The rows of the training data the batch was made of.
    epoch : int
        1 for the first.
    learning_rate : float or None
        That the step would have used; None where a batch solver could not begin.
    feature_names : sequence of str, optional
        Of the columns of X.

    Returns
    -------
    Autopsy
        Print it for the place, the likely cause and one change of one parameter.
    """
    names = list(feature_names or (f"x{column}" for column in range(trace.X.shape[1])))
    found = locate(trace, rows, epoch, learning_rate)
    features: dict[str, float | str] = {}
    if found.row is not None:
        place = int(np.argmax(rows == found.row))
        features = dict(zip(names, (float(value) for value in trace.X[place]), strict=True))
    with np.errstate(all="ignore"):  # numbers that broke a run may break their mean as well
        cause = find_cause(trace, found, names)
    return Autopsy(found, cause, features, trace, np.asarray(rows))


def autopsy_of(
    training: Training, feature_names: Sequence[str] | None = None, row_numbers: Array | None = None
) -> Autopsy:
    """Examine a run that diverged; see `autopsy`.

    Parameters
    ----------
    training : Training
        After its `run`.
    feature_names : sequence of str, optional
        Of the columns of X.
    row_numbers : int array, optional
        What the user calls each training row, where rows were held out before.

    Returns
    -------
    Autopsy

    Raises
    ------
    UsageError
        If it did not diverge.
    """
    found = training.progress.divergence
    if found is None or training.refused is None:
        raise UsageError("there is nothing to examine: this run did not diverge.")
    trace, rows = training.refused
    rows = rows if row_numbers is None else row_numbers[rows]
    return autopsy(trace, rows, found.epoch, found.learning_rate, feature_names)


def _size(value: float | str) -> float:
    """Return the size of a number; text comes last, what is not finite first."""
    if isinstance(value, str):
        return 0.0
    return abs(value) if np.isfinite(value) else np.inf
