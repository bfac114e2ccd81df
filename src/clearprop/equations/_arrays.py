"""The few array operations that the array API standard lacks."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from array_api_compat import array_namespace, is_jax_array, is_torch_array

Array: TypeAlias = Any
"""An array of any array-API library: NumPy, JAX, PyTorch ..."""


def namespace(*arrays: Array) -> Any:
    """Return the array-API namespace the arrays belong to."""
    given = [array for array in arrays if array is not None]
    if all(type(array) is np.ndarray for array in given):  # asked for often, in nearly all cases of these alone
        import array_api_compat.numpy as plain  # which loads all of NumPy

        return plain
    return array_namespace(*given)


def wide(x: Array) -> Array:
    """Return x in the library's usual precision, or its own where that is finer: NumPy's float64.

    Sums over many numbers, whose squares overflow sooner than they do, are kept in it.
    """
    xp = namespace(x)
    return xp.astype(x, xp.result_type(x.dtype, xp.asarray(0.0).dtype))


def erf(z: Array) -> Array:
    """Error function, from the library the array belongs to."""
    if is_torch_array(z):
        import torch

        return torch.special.erf(z)
    if is_jax_array(z):
        import jax

        return jax.scipy.special.erf(z)
    import scipy.special

    return scipy.special.erf(z)
