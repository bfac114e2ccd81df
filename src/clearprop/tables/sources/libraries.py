"""Which library an object is of: told by its type, so that a subclass is what its parent is; nothing is imported."""

from __future__ import annotations

import sys
from typing import Any


def _is(data: Any, library: str, *names: str) -> bool:
    module = sys.modules.get(library)
    kinds = tuple(kind for name in names if isinstance(kind := getattr(module, name, None), type))
    return bool(kinds) and isinstance(data, kinds)


def is_pandas_frame(data: Any) -> bool:
    """Return whether this is a data frame of pandas, or of a library built on it."""
    return _is(data, "pandas", "DataFrame")


def is_polars_frame(data: Any) -> bool:
    """Return whether this is a data frame of polars."""
    return _is(data, "polars", "DataFrame")


def is_pyarrow_table(data: Any) -> bool:
    """Return whether this is a table of pyarrow."""
    return _is(data, "pyarrow", "Table", "RecordBatch")


def is_frame(data: Any) -> bool:
    """Return whether this is rows with named columns."""
    return is_pandas_frame(data) or is_polars_frame(data) or is_pyarrow_table(data)


def is_sparse(data: Any) -> bool:
    """Return whether this is a sparse matrix or array of SciPy."""
    return _is(data, "scipy.sparse", "sparray", "spmatrix")


def is_pandas(data: Any) -> bool:
    """Return whether this is one column of pandas: a series, an index, or one of its arrays."""
    if _is(data, "pandas", "Series", "Index"):
        return True
    extensions = sys.modules.get("pandas.api.extensions")
    return extensions is not None and isinstance(data, extensions.ExtensionArray)


def as_series(data: Any) -> Any:
    """Return one column of pandas as a series, which has all that an index or an array has and more."""
    pandas = sys.modules["pandas"]
    return data if isinstance(data, pandas.Series) else pandas.Series(data)


def is_polars(data: Any) -> bool:
    """Return whether this is one column of polars."""
    return _is(data, "polars", "Series")


def is_pyarrow(data: Any) -> bool:
    """Return whether this is one column of pyarrow."""
    return _is(data, "pyarrow", "Array", "ChunkedArray")


def is_series(data: Any) -> bool:
    """Return whether this is one column of a library."""
    return is_pandas(data) or is_polars(data) or is_pyarrow(data)
