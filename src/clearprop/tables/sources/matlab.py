"""MATLAB files up to version 7, read by SciPy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.sources import limits
from clearprop.tables.sources.frames import array_columns, assemble, build_of
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.peek import unreadable
from clearprop.tables.table import Table


def read_matlab(path: Path, options: Options) -> Table:
    """Read the matrices of a .mat file that have one row for each row of the largest.

    A matrix (n, 1) or (1, n) is a column, a matrix (n, m) is m of them, a cell array of texts is a column of text.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        loaded = loadmat(path, chars_as_strings=True)
    except (MatReadError, ValueError, TypeError, NotImplementedError, OSError, KeyError) as error:
        raise unreadable(path, "a MATLAB file", error) from None
    arrays = {name: _cells(_dense(path, array)) for name, array in loaded.items() if not name.startswith("__")}
    found = {name: array for name, array in arrays.items() if array is not None}
    if not found:
        raise DataError(f"{path.name} holds no matrix and no cell array of texts; save them with save(..., '-v7').")
    n_rows = max(len(array) for array in found.values())
    kept = {name: array for name, array in found.items() if len(array) == n_rows}
    names = _names_for(loaded, kept)
    raw = [part for name, array in kept.items() for part in _columns(name, array, names)]
    table = assemble(path.name, raw, options)
    rest = [name for name in arrays if name not in kept and not (name == "names" and names)]
    notes = [f'"{name}" does not have {n_rows} rows; it was left out.' for name in rest]
    target = "y" if "y" in table.columns and len(table.columns) > 1 else None
    return replace(table, target=target, notes=(*table.notes, *notes))


def _dense(path: Path, array: Any) -> Any:
    """Return a sparse matrix with its zeros."""
    from scipy import sparse

    if not sparse.issparse(array):
        return array
    limits.check_cells(path.name, *array.shape)
    return array.toarray()


def _cells(array: Any) -> Any:
    """Return a matrix of numbers as it is, a vector (n,), texts as a list, and None of anything else."""
    if not isinstance(array, np.ndarray) or array.dtype.names or not array.size:
        return None
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.dtype.kind == "O":
        texts = [_text(cell) for cell in array.reshape(-1)]
        return None if array.ndim != 1 or None in texts else texts
    if array.dtype.kind == "U":
        return [text.strip() for text in array.tolist()] if array.ndim == 1 else None
    return array if array.dtype.kind in "biuf" and array.ndim <= 2 else None


def _text(cell: Any) -> str | None:
    """Return the text in a cell of a cell array, None if it holds something else."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, np.ndarray) and cell.dtype.kind == "U" and cell.size <= 1:
        return str(cell.item()) if cell.size else ""
    return None


def _names_for(loaded: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """Return the texts in "names", if there are as many as some matrix has columns."""
    names = _cells(loaded.get("names"))
    widths = {array.shape[1] for array in kept.values() if isinstance(array, np.ndarray) and array.ndim == 2}
    return names if isinstance(names, list) and {len(names)} == widths else []


def _columns(name: str, array: Any, names: list[str]) -> list[tuple[str, Any]]:
    if isinstance(array, list):
        return [(name, build_of(array))]
    columns = array_columns(name, array)
    named = array.ndim == 2 and names
    return [(new, build) for new, (_, build) in zip(names, columns, strict=True)] if named else columns
