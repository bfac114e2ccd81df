"""Plain numbers: they enter as they are, for networks that were trained on arrays."""

from __future__ import annotations

from typing import ClassVar, Literal

from clearprop.program import Cell, Step
from clearprop.tables.columns.column import Column
from clearprop.tables.encodings.strict import Array, Strict


class PlainEncoding(Strict):
    """How a column of numbers enters that is neither scaled nor clipped. A gap is an error."""

    kind: Literal["plain"] = "plain"
    reads: ClassVar[str] = "number"  # the kind of its cells
    name: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers that one cell becomes."""
        return (self.name,)

    def encode(self, column: Column) -> Array:
        """Return the numbers (n_rows, 1)."""
        return column.values[:, None]

    def steps(self) -> tuple[Step, ...]:
        """Return the step that makes the number."""
        return (Cell(self.name, "number"),)
