"""Schema: what was learned about a table from its training rows, as data. From tables to X and Y, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from pydantic import Field, ValidationError, model_validator

from clearprop.errors import ModelFileError, UsageError
from clearprop.model import Inputs
from clearprop.tables.columns.column import Column
from clearprop.tables.columns.names import counted
from clearprop.tables.columns.spellings import AROUND, NA
from clearprop.tables.encodings import (
    BinsEncoding,
    BooleanEncoding,
    CategoryEncoding,
    ClassTarget,
    DateEncoding,
    NumberEncoding,
    NumberTarget,
    PiecewiseEncoding,
    PlainEncoding,
)
from clearprop.tables.encodings.strict import Strict
from clearprop.tables.match import check_finite, check_names, conform
from clearprop.tables.table import Table

Numeric = BinsEncoding | NumberEncoding | PlainEncoding | PiecewiseEncoding | BooleanEncoding | DateEncoding
Encoding = Annotated[Numeric | CategoryEncoding, Field(discriminator="kind")]
Target = Annotated[ClassTarget | NumberTarget, Field(discriminator="kind")]


class Dropped(Strict):
    """A column that the network does not see, and why."""

    name: str
    reason: str


class Schema(Strict):
    """How each column of a table is encoded; made by `learn_schema`, stored in the model file.

    Attributes
    ----------
    columns : tuple of encodings
        In the order of the training table.
    dropped : tuple of Dropped
    target : ClassTarget, NumberTarget or None
    n_rows : int
        Number of training rows.
    """

    columns: tuple[Encoding, ...]
    dropped: tuple[Dropped, ...]
    target: Target | None
    n_rows: int

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self._known)) < len(self._known):
            raise ValueError("a column stands twice in the schema")
        if not self.columns:
            raise ValueError("the schema has no column")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the table's columns that are encoded."""
        return tuple(column.name for column in self.columns)

    @property
    def inputs(self) -> Inputs:
        """Stage 0 of a network for these columns."""
        categories = self._categories
        plain = Inputs(
            n_numeric=sum(len(column.names) for column in self._numeric),
            categories=tuple(column.n_codes for column in categories),
            embedding=tuple("one-hot" if column.embedding is None else column.embedding for column in categories),
        )
        return plain.with_places(column.stage for column in self._binned)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns of a[0]."""
        numbers = tuple(name for column in self._numeric for name in column.names)
        bins = tuple(name for column in self._binned for name in column.bin_names)
        return numbers + bins + tuple(name for column in self._categories for name in column.names)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns of X: the numbers, the places among bins, then the codes."""
        numbers = tuple(name for column in self._numeric for name in column.names)
        places = tuple(column.place_name for column in self._binned)
        return numbers + places + tuple(column.name for column in self._categories)

    @property
    def kinds(self) -> dict[str, str]:
        """Kinds to read new data by, for `read_table`; columns the model does not know are left as text."""
        specs = {column.name: _spec(column.reads, getattr(column, "format", "")) for column in self.columns}
        if isinstance(self.target, NumberTarget):
            specs[self.target.name] = _spec("number", self.target.format)
        elif self.target is not None and any(map(_only_as_written, self.target.labels)):
            specs[self.target.name] = "category"
        return {"*": "category", **specs}

    @np.errstate(under="ignore")
    def encode(self, table: Table, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Return X of a table, for a network with these `inputs`.

        Returns
        -------
        array (n_rows, inputs.n_columns)
            Always finite.

        Raises
        ------
        DataError
            If a column is missing, or a cell is not of the kind it was in training.
        """
        self.unknown(table)
        at, place = 0, sum(len(one.names) for one in self._numeric)
        X = np.empty((table.n_rows, place + len(self._binned) + len(self._categories)), dtype=dtype)
        for one in self._numeric:
            column, width = self.conformed(table, one), len(one.names)
            X[:, at : at + width] = one.encode(column)
            at += width
            if isinstance(one, BinsEncoding):
                X[:, place] = one.place(column)
                place += 1
        for code, category in enumerate(self._categories, start=place):
            X[:, code] = category.encode(self.conformed(table, category))
        return X

    @np.errstate(under="ignore")
    def encode_target(self, table: Table, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Return Y (n_rows,): codes of classes (int64), or standardised numbers.

        Raises
        ------
        DataError
            If a cell is missing, or is of a class that training did not have.
        """
        target = self._target()
        column = table.column(target.name)
        check_complete(table, column)
        if isinstance(target, NumberTarget):
            return target.encode(conform(table, target.name, "number", target.format)).astype(dtype)
        codes = target.encode(column)
        if (codes < 0).any():
            row = int(np.argmin(codes))
            label = column.cells(column.values[row : row + 1])[0]
            raise table.cell_error(row, target.name, f'"{label}" is not a class of training', target.nearest(label))
        return codes

    @np.errstate(under="ignore")
    def decode_target(self, outputs: ArrayLike) -> NDArray[Any]:
        """Return labels of class codes, or numbers in the target's units.

        Raises
        ------
        DataError
            If a code is that of no class.
        """
        return self._target().decode(outputs)

    @np.errstate(under="ignore")
    def answers(self, outputs: ArrayLike) -> NDArray[Any]:
        """Return what outputs answer for a target of numbers: in its units, within its limits if it has some."""
        target = self._target()
        return target.answer(outputs) if isinstance(target, NumberTarget) else target.decode(outputs)

    def unknown(self, table: Table) -> list[str]:
        """Return the names of columns of a table that the schema does not know.

        Raises
        ------
        DataError
            If a column it needs is missing.
        """
        return check_names(table, list(self.names), self._known)

    def output_names(self, n_out: int) -> tuple[str, ...]:
        """Return the name of each output of a network: its class, the second of two; or that of the target."""
        target = self._target()
        labels = target.labels if isinstance(target, ClassTarget) else (target.name,)
        return tuple(map(str, labels))[-n_out:]

    @property
    def as_learned(self) -> Schema:
        """The schema as it was learned, without what held-out rows have said since."""
        target = self.target
        if isinstance(target, NumberTarget):
            target = target.model_copy(update={"held": None})
        elif target is not None:
            target = target.model_copy(update={"held": None, "curve": None})
        return self.model_copy(update={"target": target})

    def to_dict(self) -> dict[str, Any]:
        """Return the schema as plain data for JSON."""
        data: dict[str, Any] = self.model_dump(mode="json")
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schema:
        """Build a schema from `to_dict`'s data, checking everything.

        Raises
        ------
        ModelFileError
            If the data are not those of a schema.
        """
        try:
            return cls.model_validate_json(json.dumps(data, allow_nan=False))
        except (ValidationError, ValueError, TypeError) as error:
            raise ModelFileError(f"the table schema does not hold: {_first_problem(error)}.") from None

    @property
    def _known(self) -> list[str]:
        """The names of all columns of the training table, the target's last."""
        return [*self.names, *(dropped.name for dropped in self.dropped), *([self.target.name] if self.target else [])]

    @property
    def _numeric(self) -> list[Numeric]:
        return [column for column in self.columns if not isinstance(column, CategoryEncoding)]

    @property
    def _binned(self) -> list[BinsEncoding]:
        return [column for column in self.columns if isinstance(column, BinsEncoding)]

    @property
    def _categories(self) -> list[CategoryEncoding]:
        return [column for column in self.columns if isinstance(column, CategoryEncoding)]

    def conformed(self, table: Table, encoding: Numeric | CategoryEncoding) -> Column:
        """Return the column of an encoding, read as it was in training."""
        if isinstance(encoding, CategoryEncoding):
            return conform(table, encoding.name, "category")
        if isinstance(encoding, BooleanEncoding):
            return conform(table, encoding.name, "boolean", labels=encoding.labels)
        column = conform(table, encoding.name, encoding.reads, getattr(encoding, "format", ""))
        if isinstance(encoding, PlainEncoding):
            _check_filled(table, column)
        return column

    def _target(self) -> ClassTarget | NumberTarget:
        if self.target is None:
            raise UsageError("this schema was learned without a target; name one when you learn it.")
        return self.target


def check_complete(table: Table, column: Column, rows: NDArray[np.int64] | None = None) -> None:
    """Refuse a target with missing or infinite cells; `rows` are those of the table, where the column has but some."""
    missing = column.missing
    if missing.any():
        place, n = int(np.argmax(missing)), int(missing.sum())
        raise table.cell_error(
            place if rows is None else int(rows[place]),
            column.name,
            f"the target is missing ({counted(n, 'such row')})",
            "Fill it in, or drop rows without a target.",
        )
    if column.kind == "number":
        check_finite(table, column, rows)


def _check_filled(table: Table, column: Column) -> None:
    """Refuse a gap in a column for which nothing says what fills it."""
    if column.missing.any():
        row, n = int(np.argmax(column.missing)), int(column.missing.sum())
        problem = (
            f"the cell is missing ({counted(n, 'such row')}), and this network was trained on numbers without gaps"
        )
        raise table.cell_error(row, column.name, problem, "Fill it in, or leave the row out.")


def _only_as_written(label: Any) -> bool:
    """Return whether a label is a class that a file, read anew, would take for a missing cell, or strip."""
    return label in NA or (isinstance(label, str) and label != label.strip(AROUND))


def _spec(kind: str, format: str) -> str:
    return f"{kind}:{format}" if format else kind


def _first_problem(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'it'}: {first['msg']}"
