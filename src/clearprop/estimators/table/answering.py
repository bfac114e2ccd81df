"""From a table to what the network, or each of several, answers: outputs before they become labels or numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from clearprop.engines import Session, at_most_threads, open_session
from clearprop.fitting.members import each_outputs, mean_outputs
from clearprop.fitting.streaming import blocks, closing
from clearprop.model import Network, Parameters
from clearprop.tables import Schema, Source, StreamedTable, Table

Array = NDArray[Any]


class AnsweringTable:
    """predict_outputs: of the mean of the members; and of each."""

    schema_: Schema
    network_: Network
    parameters_: Parameters
    members_: tuple[Parameters, ...]
    random_state: int
    engine: str
    precision: str
    device: str | None
    n_threads: int | None
    stream: bool | None
    _sessions: list[Session]

    def _read(self, data: Source, *, stream: bool | None = False, judged: bool = False) -> Table:
        raise NotImplementedError

    def predict_outputs(self, data: Source) -> Array:
        """Return a[L] (n_rows, n_out), the network's outputs before they become answers."""
        return np.concatenate(self._of_blocks(data, mean_outputs))

    def member_outputs(self, data: Source) -> Array:
        """Return a[L] of each member, (n_members, n_rows, n_out); of a single network (1, n_rows, n_out)."""
        return np.concatenate(self._of_blocks(data, each_outputs), axis=1)

    def sessions(self) -> list[Session]:
        """Return the sessions that predict, one for each member; they are not to be trained."""
        if not self._sessions:
            options: dict[str, Any] = {name: getattr(self, name) for name in ("engine", "precision", "device")}
            seed, members = self.random_state, self.members_
            self._sessions.extend(open_session(self.network_, one, seed=seed, **options) for one in members)
        return self._sessions

    def __getstate__(self) -> dict[str, object]:
        state: dict[str, Any] = super().__getstate__()  # type: ignore[assignment]  # that of scikit-learn's base
        return state | {"_sessions": []} if "_sessions" in state else state

    def _of_blocks(self, data: Source, answer: Callable[[Sequence[Session], Array], Array]) -> list[Array]:
        check_is_fitted(self)
        sessions, dtype = self.sessions(), self.parameters_.vector.dtype
        table = self._read(data, stream=self.stream)
        with at_most_threads(self.n_threads), closing(table, data):
            whole = not isinstance(table, StreamedTable)
            parts = [table] if whole else (table.take(rows) for rows in blocks(len(table)))
            return [answer(sessions, self.schema_.encode(part, dtype)) for part in parts]
