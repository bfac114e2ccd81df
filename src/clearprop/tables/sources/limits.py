"""What is refused as too large: bounds that no honest table meets, so that a broken or hostile file ends early."""

from __future__ import annotations

from clearprop.errors import DataError

CELL = 1 << 22  # characters
LINE = 1 << 23  # bytes
UNPACKED = 1 << 36  # bytes of a gzipped file, which is read as a stream
IN_MEMORY = 1 << 31  # bytes of a file that must be unpacked or read as a whole
CELLS = 1 << 29  # rows times columns of a file whose format announces them

_UNITS = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))


def check_cells(source: str, n_rows: int, n_columns: int) -> None:
    """Refuse a table with more than `CELLS` cells, before memory is taken for it."""
    if n_rows * n_columns > CELLS:
        raise DataError(
            f"{source} has {n_rows} rows and {n_columns} columns, more than {CELLS} cells; "
            "save it as Parquet, which is read from disk."
        )


def size(n_bytes: int) -> str:
    """Return "64 MB" for 1 << 26."""
    return next((f"{n_bytes // unit} {name}" for unit, name in _UNITS if n_bytes >= unit), f"{n_bytes} bytes")
