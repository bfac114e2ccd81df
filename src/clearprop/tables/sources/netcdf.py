"""netCDF 3 files, read by SciPy: every variable along one dimension is a column."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.tables.sources.frames import read_columns
from clearprop.tables.sources.options import Options
from clearprop.tables.sources.peek import unreadable
from clearprop.tables.table import Table


def read_netcdf(path: Path, options: Options) -> Table:
    """Read the variables of a netCDF 3 file that have the dimension most of them have, and no other."""
    from scipy.io import netcdf_file

    try:
        with netcdf_file(path, "r", mmap=False, maskandscale=True) as file:
            variables = {name: (one.dimensions, _cells(one)) for name, one in file.variables.items()}
    except (TypeError, ValueError, OSError, KeyError, IndexError, OverflowError) as error:
        raise unreadable(path, "netCDF 3", error) from None
    along = Counter(dimensions for dimensions, _ in variables.values() if len(dimensions) == 1)
    if not along:
        raise DataError(f"{path.name} has no variable along one dimension; a table needs one for each column.")
    rows = along.most_common(1)[0][0]
    columns = [(name, cells) for name, (dimensions, cells) in variables.items() if dimensions == rows]
    taken = [name for name, _ in columns]
    rest = [name for name in variables if name not in taken]
    notes = [f'"{name}" does not run along "{rows[0]}" alone; it was left out.' for name in rest]
    return read_columns(path.name, columns, options, notes)


def _cells(variable: Any) -> Any:
    cells = variable[:]
    if cells.dtype.kind in "SU":
        return cells
    return np.ma.filled(np.ma.asarray(cells, dtype=np.float64), np.nan)
