"""Which rows a model was trained on: fingerprints of some of them, few enough to keep in its file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.training import Rows

KEPT = 4000
"""Fingerprints at most: 32 kB. Of more rows those with the smallest are kept, and only such rows can be told."""
_WRITTEN = np.dtype(">u4")


@dataclass(frozen=True)
class Seen:
    """How many of some rows are known to be training rows.

    Attributes
    ----------
    n_seen, n_told : int
        Those among the rows that a sketch tells of, and how many these are.
    """

    n_seen: int
    n_told: int

    @property
    def many(self) -> bool:
        """Whether a fifth or more are training rows, as far as can be told."""
        return self.n_seen > 0 and 5 * self.n_seen >= self.n_told


def sketch_of(rows: Rows) -> str:
    """Return the smallest fingerprints of rows in memory, in hexadecimal, one after the other."""
    return np.unique(_fingerprints(rows))[:KEPT].astype(_WRITTEN).tobytes().hex()


def seen_among(sketch: str, rows: Rows) -> Seen:
    """Return how many rows are those of a sketch: the same in all that a network sees of them, and in the target."""
    kept = np.frombuffer(bytes.fromhex(sketch), _WRITTEN)
    if not len(kept) or not len(rows):
        return Seen(0, 0)
    found = _fingerprints(rows)
    told = found[found <= kept[-1]] if len(kept) == KEPT else found
    return Seen(int(np.isin(told, kept).sum()), len(told))


def _fingerprints(rows: Rows) -> NDArray[np.uint32]:
    """Return a number for every row: a hash of the bytes of X and then of Y."""
    return np.concatenate([_hashes(block.X, block.Y) for block in rows.blocks()])


def _hashes(*parts: NDArray[Any]) -> NDArray[np.uint32]:
    in_bytes = [np.ascontiguousarray(part).view(np.uint8).reshape(len(part), -1) for part in parts]
    data = np.concatenate(in_bytes, axis=1)
    width, flat, blake2b = data.shape[1], data.data.cast("B"), hashlib.blake2b
    rows = (flat[at : at + width] for at in range(0, data.size, width))
    hashes = b"".join([blake2b(row, digest_size=_WRITTEN.itemsize).digest() for row in rows])
    return np.frombuffer(hashes, _WRITTEN).astype(np.uint32)
