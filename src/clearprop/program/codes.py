"""Steps from text to numbers: a code for each label, and a row of numbers for each code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.program.step import Array, Kind, Step, Unary


@dataclass(frozen=True, eq=False)
class Code(Unary):
    """The code of a text: 0 .. k−1 for the labels, which are sorted, k for any other text, k+1 where it is missing."""

    labels: tuple[str, ...]

    @property
    def n_codes(self) -> int:
        """Number of codes."""
        return len(self.labels) + 2

    @property
    def kind(self) -> Kind:
        return "code"

    def run(self, *values: Array) -> Array:
        other, missing = len(self.labels), len(self.labels) + 1
        code_of = {label: code for code, label in enumerate(self.labels)} | {"": missing}
        codes = [code_of.get(cell, other) for cell in values[0][:, 0].tolist()]
        return np.array(codes, dtype=np.int64)[:, None]


@dataclass(frozen=True, eq=False)
class OneHot(Unary):
    """A row of n zeros with a 1 at the code, in the precision of the network."""

    n: int
    precision: Kind

    @property
    def width(self) -> int:
        return self.n

    @property
    def kind(self) -> Kind:
        return self.precision

    def run(self, *values: Array) -> Array:
        rows: Array = (values[0] == np.arange(self.n)).astype(self.precision)
        return rows


@dataclass(frozen=True, eq=False)
class Look(Unary):
    """The row of a table (n, width) that the code names: a trained embedding."""

    table: Array

    @property
    def width(self) -> int:
        return int(self.table.shape[1])

    @property
    def kind(self) -> Kind:
        return precision_of(self.table)

    def run(self, *values: Array) -> Array:
        rows: Array = self.table[values[0][:, 0]]
        return rows


def precision_of(array: Array) -> Kind:
    """Return the kind of an array of numbers."""
    return "float32" if array.dtype == np.float32 else "float64"


CODE_STEPS: tuple[type[Step], ...] = (Code, OneHot, Look)
