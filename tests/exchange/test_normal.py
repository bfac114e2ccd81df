"""The normal distribution that ONNX gets in float64, where onnxruntime has no erf."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import polynomial
from scipy.special import ndtr

from clearprop.exchange.scribes.normal import MIDDLE, TAIL


def test_its_tail_is_that_of_the_normal_distribution():
    u = np.concatenate([np.linspace(0, 8.6, 5001), [10, 100, 1e6]])
    found = np.exp(-0.5 * u * u) * polynomial.polyval((MIDDLE - u) / (MIDDLE + u), TAIL)
    np.testing.assert_allclose(found, ndtr(-u), rtol=0, atol=4e-16)
    near = u < 8.6
    np.testing.assert_allclose(found[near], ndtr(-u[near]), rtol=1e-13)
