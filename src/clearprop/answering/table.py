"""From a table to what the network, or each of several, answers: outputs before they become labels or numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.engines import Session, at_most_threads, open_session
from clearprop.fitting.reader import Reader
from clearprop.fitting.streaming import blocks, closing
from clearprop.model import Network, Parameters
from clearprop.tables import Schema, Source, StreamedTable, Table
from clearprop.tables.encodings import ClassTarget, NumberTarget
from clearprop.training import each_outputs, mean_outputs

Array = NDArray[Any]


def check_fitted(estimator: object) -> None:
    """Refuse what has not learned anything yet, with scikit-learn's NotFittedError."""
    if not hasattr(estimator, "network_"):
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(estimator)


class AnsweringTable:
    """What predicts the rows of a table, which it reads as the training table was read; it needs no scikit-learn.

    `predict_outputs` is of the mean of the members, `member_outputs` of each.
    """

    task: str
    schema_: Schema
    network_: Network
    parameters_: Parameters
    members_: tuple[Parameters, ...]
    random_state: int
    engine: str
    precision: str
    device: str | None
    n_threads: int | None
    target: str | None
    weights: str | None
    na: Sequence[str]
    bad_rows: str
    max_bad: float
    missing_target: str
    reading: Mapping[str, object] | None
    stream: bool | None
    n_features_in_: int
    _sessions: list[Session]

    @abstractmethod
    def prediction_columns(self, data: Source) -> dict[str, Array]:
        """Return the columns `clearprop predict` writes."""

    @abstractmethod
    def sure_columns(self, data: Source, level: float | None, std: bool) -> dict[str, Array]:
        """Return the columns `clearprop predict` writes on how sure the answers are."""

    def _name(self) -> str:
        """Return what it is called in messages."""
        return type(self).__name__

    def reader(self) -> Reader:
        """Return how tables are read: the settings of it."""
        return Reader(
            owner=self._name(), of_classes=self.task == "classes", target=self.target, na=self.na,
            bad_rows=self.bad_rows, max_bad=self.max_bad, missing_target=self.missing_target,
            options=self.reading or {}, stream=self.stream,
        )  # fmt: skip

    def _read(self, data: Source, *, stream: bool | None = False, judged: bool = False) -> Table:
        return self.reader().again(data, self.schema_, self.n_features_in_, judged=judged, stream=stream)

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

    @property
    def target_(self) -> ClassTarget | NumberTarget:
        """The column to predict."""
        assert self.schema_.target is not None, "an estimator is fitted to a target"
        return self.schema_.target

    def __getstate__(self) -> dict[str, object]:
        state: dict[str, Any] = super().__getstate__()  # type: ignore[assignment]  # that of scikit-learn's base
        return state | {"_sessions": []} if "_sessions" in state else state

    def _of_blocks(self, data: Source, answer: Callable[[Sequence[Session], Array], Array]) -> list[Array]:
        check_fitted(self)
        sessions, dtype = self.sessions(), self.parameters_.vector.dtype
        table = self._read(data, stream=self.stream)
        with at_most_threads(self.n_threads), closing(table, data):
            whole = not isinstance(table, StreamedTable)
            parts = [table] if whole else (table.take(rows) for rows in blocks(len(table)))
            return [answer(sessions, self.schema_.encode(part, dtype)) for part in parts]
