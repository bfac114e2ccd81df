"""The same values in arrays of every layout, byte order, alignment and kind of memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def unaligned(array):
    raw = np.zeros(array.nbytes + 1, np.uint8)
    moved = np.frombuffer(raw.data, array.dtype, array.size, offset=1).reshape(array.shape)
    moved[...] = array
    return moved


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def mapped(array, folder: Path):
    path = folder / f"{len(list(folder.iterdir()))}.npy"
    np.save(path, array)
    return np.load(path, mmap_mode="r")


WAYS = {
    "as it is": lambda a: a,
    "every other": lambda a: np.repeat(a, 2, axis=0)[::2],
    "backwards": lambda a: a[::-1].copy()[::-1],
    "by columns": np.asfortranarray,
    "read-only": read_only,
    "unaligned": unaligned,
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "lists": lambda a: a.tolist(),
    "masked nowhere": np.ma.asarray,
}
