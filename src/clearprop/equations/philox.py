"""Philox 4×32-10: random numbers that are a pure function of a counter (Salmon et al. 2011).

The same few lines stand in every engine, so a dropout mask depends on (seed, purpose, step, layer, element) and on
nothing else: not on the engine, the number of threads, or what was drawn before.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)

PURPOSE_WEIGHTS, PURPOSE_SHUFFLE, PURPOSE_DROPOUT, PURPOSE_SPLIT, PURPOSE_CERTIFICATE = 1, 2, 3, 4, 5
PURPOSE_EXAMINATION = 6


def philox(counter: tuple[Any, ...], key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the four random words of each counter, in arrays of any library.

    Parameters
    ----------
    counter : four uint64 arrays (n,)
        Each holds 32-bit words.
    key : two uint64
        32-bit words.

    Returns
    -------
    four uint64 arrays (n,)
        32-bit random words.
    """
    for _ in range(ROUNDS):
        counter, key = one_round(counter, key)
    return counter


def one_round(counter: tuple[Any, ...], key: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the counter after one of the rounds, and the key of the next."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    p0, p1 = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
    counter = (p1 >> _SHIFT) ^ c1 ^ k0, p1 & _LOW, (p0 >> _SHIFT) ^ c3 ^ k1, p0 & _LOW
    return counter, ((k0 + _WEYL[0]) & _LOW, (k1 + _WEYL[1]) & _LOW)


def random_words(seed: int, purpose: int, step: int, layer: int, n: int, first: int = 0) -> NDArray[np.uint32]:
    """Return n random 32-bit words for one (seed, purpose, step, layer), from element `first` on.

    Element i is word ``i mod 4`` of ``philox(counter=(i div 4, layer, step, purpose), key=seed)``.
    """
    seed = operator.index(seed)  # shifted and cut below, where NumPy's integers would overflow
    blocks = np.arange(first // 4, (first + n + 3) // 4, dtype=np.uint64)
    constant = (np.full_like(blocks, word & 0xFFFFFFFF) for word in (layer, step, purpose))
    key = np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF)
    words = philox((blocks, *constant), key)
    return np.stack(words, axis=1).astype(np.uint32).reshape(-1)[first % 4 : first % 4 + n]


def generator(seed: int, purpose: int, index: int = 0) -> np.random.Generator:
    """Return NumPy's Philox generator for one (seed, purpose, index), such as the shuffle of one epoch."""
    return np.random.Generator(np.random.Philox(key=_key(seed, purpose, index)))


def restart(rng: np.random.Generator, seed: int, purpose: int, index: int = 0) -> np.random.Generator:
    """Put a generator of `generator` where that of another (seed, purpose, index) begins; faster than a new one."""
    zeros = np.zeros(4, np.uint64)
    rng.bit_generator.state = {
        "bit_generator": "Philox",
        "state": {"counter": zeros, "key": _key(seed, purpose, index)},
        "buffer": zeros,
        "buffer_pos": 4,
        "has_uint32": 0,
        "uinteger": 0,
    }
    return rng


def _key(seed: int, purpose: int, index: int) -> NDArray[np.uint64]:
    return np.array([operator.index(seed) & 0xFFFFFFFFFFFFFFFF, (purpose << 32) | index], dtype=np.uint64)
