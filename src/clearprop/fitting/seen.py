"""Which rows a model was trained on: fingerprints of some of them, few enough to keep in its file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearprop.training import Rows

KEPT = 4000
"""Fingerprints at most: 32 kB. Of more rows those with the smallest are kept, and only such rows can be told."""
_DIGITS = 8


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
    kept = np.unique(_fingerprints(rows))[:KEPT]
    return "".join(f"{number:0{_DIGITS}x}" for number in kept.tolist())


def seen_among(sketch: str, rows: Rows) -> Seen:
    """Return how many rows are those of a sketch: the same in all that a network sees of them, and in the target."""
    kept = [int(sketch[at : at + _DIGITS], 16) for at in range(0, len(sketch), _DIGITS)]
    if not kept:
        return Seen(0, 0)
    found = _fingerprints(rows)
    told = found[found <= kept[-1]] if len(kept) == KEPT else found
    return Seen(int(np.isin(told, kept).sum()), len(told))


def _fingerprints(rows: Rows) -> NDArray[np.int64]:
    """Return a number below 2³² for every row."""
    X, Y = np.ascontiguousarray(rows.X), np.ascontiguousarray(rows.Y)
    texts = (x.tobytes() + y.tobytes() for x, y in zip(X, Y, strict=True))
    return np.fromiter((_fingerprint(text) for text in texts), np.int64, len(rows))


def _fingerprint(text: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=_DIGITS // 2).digest(), "big")
