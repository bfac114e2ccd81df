"""StoredRows: rows whose inputs lie in a file, for tables larger than memory."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from clearprop.engines import Order
from clearprop.training.rows import Array, Rows, one_after_the_other


@dataclass(frozen=True, eq=False)
class StoredRows(Rows):
    """Rows whose X is mapped from a file without a name, which is gone when they are.

    A step sees a copy of the rows it needs, and the pages of the file are let go at once, so that the process holds
    no more of X than one slice of steps.
    """

    pages: mmap.mmap = field(kw_only=True)

    def take(self, rows: Array | slice) -> Rows:
        """Return some of the rows, in memory."""
        taken = Rows(np.array(self.X[rows]), self.Y[rows], None if self.weights is None else self.weights[rows])
        if hasattr(self.pages, "madvise"):
            self.pages.madvise(mmap.MADV_DONTNEED)
        return taken

    def in_memory(self) -> Rows:
        """Return all of them in memory."""
        return self.take(slice(None))

    def for_steps(self, order: Order) -> tuple[Rows, Order]:
        """Return the rows of these steps in the steps' order, and the order that takes them one after the other."""
        return self.take(order.rows), one_after_the_other(order)


def store(parts: Iterable[Rows], n_columns: int, folder: Path | None = None) -> StoredRows:
    """Write rows part by part; Y and weights stay in memory.

    Parameters
    ----------
    parts : iterable of Rows
        At least one, all of one precision.
    n_columns : int
        Of X.
    folder : Path, optional
        Where the file lies; the system's folder for temporary files if left out.
    """
    kept = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for part in parts:
            file.write(np.ascontiguousarray(part.X).data)
            kept.append(Rows(part.X[:0].copy(), part.Y, part.weights))  # a view would hold all of X
        file.flush()
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    X = np.frombuffer(pages, kept[0].X.dtype).reshape(-1, n_columns)
    Y = np.concatenate([part.Y for part in kept])
    weights = [part.weights for part in kept if part.weights is not None]
    return StoredRows(X, Y, np.concatenate(weights) if weights else None, pages=pages)
