"""Reader: how an estimator reads tables, and which column of them it predicts. The same in training and later."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearprop.errors import UsageError
from clearprop.fitting.streaming import open_table
from clearprop.tables import Schema, Source, Table
from clearprop.tables.columns.names import counted
from clearprop.tables.given import as_source, check_width, name_for, same_as, with_target

Array = NDArray[Any]


@dataclass(frozen=True)
class Reader:
    """How tables are read.

    Attributes
    ----------
    owner : str
        The estimator, for messages.
    of_classes : bool
        Whether the target is of classes: labels stay what they were.
    target : str or None
        The column to predict, where one is named.
    na : sequence of str
        Further spellings of a missing cell.
    bad_rows, max_bad, missing_target : str, float, str
        What becomes of rows that cannot be read, and of those without a target.
    options : mapping
        How files are written, as `read_table` takes it.
    stream : bool or None
        Whether a file stays on disk.
    """

    owner: str
    of_classes: bool
    target: str | None = None
    na: Sequence[str] = ()
    bad_rows: str = "error"
    max_bad: float = 0.001
    missing_target: str = "leave out"
    options: Mapping[str, Any] = field(default_factory=dict)
    stream: bool | None = None

    @property
    def file_options(self) -> dict[str, Any]:
        """How files are written; the schema knows the kinds of columns, and which of them the model does not see."""
        return {name: value for name, value in self.options.items() if name not in ("kinds", "drop", "only")}

    def again(
        self, source: Source, schema: Schema, n_features: int, *, judged: bool = False, stream: bool | None = False
    ) -> Table:
        """Read a table as the training table was read.

        Parameters
        ----------
        judged : bool
            Whether its answers are to be compared with a target; else every row of a file is a row, an empty one too,
            and none is set aside.
        stream : bool or None
            Whether a file stays on disk.
        """
        source = as_source(source)
        check_width(source, n_features, self.owner)
        assert schema.target is not None, "an estimator is fitted to a target"
        return open_table(
            source, stream if isinstance(source, str | Path) else False, **self.file_options, na=self.na,
            kinds=schema.kinds, bad_rows=self.bad_rows if judged else "error", max_bad=self.max_bad,
            keep_empty=not judged, target=schema.target.name,
        )  # fmt: skip

    def with_target(self, data: Source, y: ArrayLike | None) -> tuple[Table, str]:
        """Read a table to learn from; return it with its target, and what that is called.

        Raises
        ------
        UsageError
            If there is neither y nor the name of a column.
        """
        named = "" if self.target is None else str(self.target)  # names of columns are text, whatever a frame has
        table = open_table(
            as_source(data), False if y is not None else self.stream, **self.options, na=self.na,
            bad_rows=self.bad_rows, max_bad=self.max_bad, target=named or None,
        )  # fmt: skip
        if y is not None:
            name = named if named and named not in table.columns else name_for(y, table)
            table = with_target(table, name, y, tuple(self.na))
            _tell_of_a_copy(table, name)
            return self._labelled(table, name), name
        target = named or table.target
        if target is None:
            names = ", ".join(f'"{name}"' for name in table.names[-5:])
            raise UsageError(
                f"{self.owner} requires y to be passed, but the target y is None. Pass it, or name the column "
                f"to predict with target where the estimator is made (the last columns are {names})."
            )
        return self._labelled(table, target), target

    def _labelled(self, table: Table, target: str) -> Table:
        """Return a table in which the target holds labels as they were written or given, if classes are predicted."""
        return table.with_classes(target) if self.of_classes else table

    def rows_with_target(self, table: Table, target: str, pool: Array | None) -> tuple[Table, Array | None]:
        """Return the table, with a note on rows without a target, and the rows of the pool (None: all) that have one.

        Raises
        ------
        DataError
            If there are others and `missing_target` is "error", or no row has a target.
        """
        missing = table.column(target).missing
        missing = missing if pool is None else missing[np.asarray(pool)]
        n = int(missing.sum())
        if not n:
            return table, pool
        rows = np.arange(len(table)) if pool is None else np.asarray(pool)
        if self.missing_target == "error" or n == len(rows):
            words = f'Fill it in; --kind "{target}=category" takes words such as NA and ? for classes.'
            cure = words if n == len(rows) else 'Fill it in, or pass missing_target="leave out".'
            problem = f"the target is missing ({counted(n, 'such row')})"
            raise table.cell_error(int(rows[np.argmax(missing)]), target, problem, cure)
        note = f'{counted(n, "row")} without a target ("{target}") left out; --missing-target error refuses them.'
        return replace(table, notes=(*table.notes, note)), rows[~missing]


def _tell_of_a_copy(table: Table, target: str) -> None:
    """Warn of a column that is y itself: it gives the answer away."""
    if copied := same_as(table, target):
        warnings.warn(
            f'y is the column "{copied}" of X, which gives the answer away; leave it out of X unless you mean it.',
            UserWarning,
            stacklevel=5,
        )
