"""NumPy's own files: .npy and .npz."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.sources.frames import array_columns, assemble
from clearprop.tables.sources.options import Options
from clearprop.tables.table import Table


def holds_arrays(head: bytes) -> bool:
    """Return whether a zip begins with an array."""
    length = int.from_bytes(head[26:28], "little")
    return head.startswith(b"PK\x03\x04") and head[30 : 30 + length].endswith(b".npy")


def read_numpy(path: Path, options: Options) -> Table:
    """Read an .npy file, or an .npz file whose arrays are columns (1-D) or several columns (2-D); "y" is the target."""
    try:
        loaded = np.load(path, allow_pickle=False)
        arrays = {"x": loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path.name} cannot be read: {error}. Save plain arrays with np.save or np.savez.") from None
    raw = [part for name, array in arrays.items() for part in array_columns(name, array)]
    table = assemble(path.name, raw, options)
    return replace(table, target="y") if "y" in table.columns and len(table.columns) > 1 else table
