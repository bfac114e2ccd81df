"""What all encodings share: frozen data, strictly checked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Array = NDArray[np.float64]


class Strict(BaseModel):
    """Frozen, hashable data; nothing is converted, nothing unknown is let in, every number is finite."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


Data = TypeVar("Data", bound=Strict)


def check_sorted(data: Data, labels: Sequence[Any]) -> Data:
    """Return the data if their labels are sorted, and so different."""
    if any(not first < second for first, second in pairwise(labels)):
        raise ValueError("the labels must be sorted and different")
    return data


def with_indicator(columns: list[Array], missing: NDArray[np.bool_], indicator: bool) -> Array:
    """Stack columns, and at their end the one that says where a cell was missing."""
    if indicator:
        columns = [*columns, missing.astype(np.float64)]
    return columns[0][:, None] if len(columns) == 1 else np.stack(columns, axis=1)


def without_nothing(plain: dict[str, Any]) -> dict[str, Any]:
    """Return plain data without what is None: a file has a later field only where it says something."""
    return {name: value for name, value in plain.items() if value is not None}


def take(table: list[int], indices: NDArray[Any]) -> NDArray[np.int64]:
    """Return table[i] for every index i."""
    taken: NDArray[np.int64] = np.array(table, dtype=np.int64)[indices]
    return taken


def place_name(name: str) -> str:
    """Return the name of the column that says where among its bins a cell is."""
    return f"{name}, its bin"


def indicator_name(name: str) -> str:
    """Return the name of the column that says where a cell was missing."""
    return f"{name} is missing"
