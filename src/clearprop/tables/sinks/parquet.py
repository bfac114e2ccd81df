"""Parquet, written by duckdb."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.tables.sinks.output import Output
from clearprop.tables.sources import sql

_MEMORY = "64MB"


class Parquet:
    """A sink of rows into a table of duckdb on disk, which becomes the file at the end."""

    def __init__(self, file: Output) -> None:
        self._file = file
        self._folder = TemporaryDirectory(prefix="clearprop-")
        self._connection = sql.connect(str(Path(self._folder.name) / "rows.duckdb"), _MEMORY)
        self._names: list[str] = []

    def write(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Write one block; columns are called by their place until the end."""
        block = {f"c{i}": _column(values) for i, values in enumerate(columns.values())}
        into = "INSERT INTO rows" if self._names else "CREATE TABLE rows AS"
        self._connection.execute(f"{into} SELECT * FROM block")
        del block
        self._names = list(columns)

    def finish(self) -> None:
        """Write the file."""
        path = Path(self._folder.name) / "rows.parquet"
        named = ", ".join(f"c{i} AS {sql.identifier(name)}" for i, name in enumerate(self._names))
        self._connection.execute(f"COPY (SELECT {named} FROM rows) TO {sql.text(str(path))} (FORMAT parquet)")
        with path.open("rb") as written:
            shutil.copyfileobj(written, self._file, 1 << 20)

    def close(self) -> None:
        """Remove the table of duckdb."""
        self._connection.close()
        self._folder.cleanup()


def _column(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind in "US":
        return values.astype(object)
    if values.dtype.kind == "O" and len({type(cell) for cell in values.tolist() if cell is not None}) > 1:
        return np.array([None if cell is None else str(cell) for cell in values.tolist()], dtype=object)
    return values
