"""Inverted dropout on a layer's input (Srivastava et al. 2014)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.philox import PURPOSE_DROPOUT, random_words


def dropout_mask(seed: int, step: int, l: int, shape: tuple[int, int], rate: float, dtype: Any) -> NDArray[Any]:
    """Return the mask on a[l]: 0 with probability ``rate``, else 1 / (1 − rate).

    An element is kept where its random word is at least ``round(rate 2³²)``: a comparison of integers, so the mask
    is the same in every precision. Its expectation is 1; prediction needs no rescaling.

    Parameters
    ----------
    l : int
        The layer whose output a[l] is masked (0 for the input).
    shape : (batch, n)

    Returns
    -------
    array (batch, n)
    """
    words = random_words(seed, PURPOSE_DROPOUT, step, l, shape[0] * shape[1]).reshape(shape)
    keep = words >= np.uint32(min(round(rate * 2**32), 2**32 - 1))
    mask: NDArray[Any] = keep.astype(dtype) * np.asarray(1 / (1 - rate), dtype=dtype)
    return mask
