"""Inverted dropout on a layer's input (Srivastava et al. 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearprop.equations.philox import PURPOSE_DROPOUT, random_words


def dropout_mask(
    seed: int, step: int, l: int, shape: tuple[int, int], rate: float, dtype: Any, first: int = 0
) -> NDArray[Any]:
    """Return the mask on a[l]: 0 with probability ``rate``, else 1 / (1 − rate).

    An element is kept where its random word is at least ``round(rate 2³²)``: a comparison of integers, so the mask
    is the same in every precision. Its expectation is 1; prediction needs no rescaling.

    Parameters
    ----------
    l : int
        The layer whose output a[l] is masked (0 for the input).
    shape : (batch, n)
    first : int
        Row of the batch with which these rows begin.

    Returns
    -------
    array (batch, n)
    """
    words = random_words(seed, PURPOSE_DROPOUT, step, l, shape[0] * shape[1], first * shape[1]).reshape(shape)
    keep = words >= np.uint32(min(round(rate * 2**32), 2**32 - 1))
    mask: NDArray[Any] = keep.astype(dtype) * np.asarray(1 / (1 - rate), dtype=dtype)
    return mask


def dropout_masks(
    seed: int, step: int, sizes: Sequence[int], rates: Sequence[float], batch: int, dtype: Any, first: int = 0
) -> list[NDArray[Any] | None]:
    """Return the masks (batch, n) on a[0] .. a[L] at one step, from the rate of each layer's input; None where it is 0.

    Parameters
    ----------
    sizes : sequence of int
        Units of a[0] .. a[L].
    rates : sequence of float
        Of the inputs of layers 1 .. L; a[L] is never masked.
    first : int
        Row of the batch with which these rows begin.
    """
    masks = (
        dropout_mask(seed, step, l, (batch, n), rate, dtype, first) if rate else None
        for l, (n, rate) in enumerate(zip(sizes, rates, strict=False))
    )
    return [*masks, None]
