"""What a table can be read from."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Protocol, TypeAlias, runtime_checkable

from numpy.typing import ArrayLike

from clearprop.tables.table import Table


@runtime_checkable
class Frame(Protocol):
    """A data frame of pandas or polars, or an Arrow table: rows under named columns."""

    @property
    def columns(self) -> object:
        """The columns, or their names."""

    def __len__(self) -> int: ...


Source: TypeAlias = str | PathLike[str] | Table | Frame | Mapping[str, ArrayLike] | ArrayLike
"""A file, the name of a bundled set, a table, a frame, columns by name, or an array."""
