"""The functions of the NumPy export; a program gets those it calls. They are clearprop's own, written out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def numbers(column: Any) -> Array:
    """Return a column of numbers; None and NaN are missing."""
    return np.asarray(column, dtype=np.float64).reshape(-1, 1)


def text(column: Any) -> Array:
    """Return a column of text; None, NaN and the empty text are missing."""
    cells = ["" if cell is None or cell != cell else str(cell) for cell in np.asarray(column, dtype=object).ravel()]
    return np.array(cells, dtype=object)[:, None]


def codes(cells: Array, labels: Sequence[str]) -> Array:
    """Return the place of each text among the labels; one more for any other text, and one more for a missing one."""
    known = {label: code for code, label in enumerate(labels)} | {"": len(labels) + 1}
    return np.array([known.get(cell, len(labels)) for cell in cells[:, 0].tolist()], dtype=np.int64)[:, None]


def missing(x: Array) -> Array:
    """Return 1 where a number is missing, else 0."""
    return np.isnan(x).astype(x.dtype)


def fill(x: Array, value: float) -> Array:
    """Return the numbers, the missing ones filled in."""
    return np.where(np.isnan(x), value, x)


def in_bins(x: Array, edges: Sequence[float]) -> Array:
    """Return the place of x in bins between edges: b + t in bin b, t of the way through it."""
    at = np.array(edges)
    below = np.clip(np.searchsorted(at, x, side="right") - 1, 0, len(at) - 2)
    with np.errstate(over="ignore"):
        through: Array = (x - at[below]) / (at[below + 1] - at[below])
    place: Array = below + np.clip(through, 0.0, 1.0)
    return place


def signed_log(x: Array, middle: float, unit: float) -> Array:
    """Return sign(x − middle) log(1 + |x − middle| / unit)."""
    distance = x - middle
    logarithm: Array = np.sign(distance) * np.log1p(np.abs(distance) / unit)
    return logarithm


def turn(x: Array, start: float, period: float) -> Array:
    """Return where in its period x is, as an angle."""
    angle: Array = 2 * np.pi * np.mod(x + start, period) / period
    return angle


def one_hot(code: Array, n: int, precision: Any) -> Array:
    """Return rows of n zeros with a 1 at the code."""
    rows: Array = (code == np.arange(n)).astype(precision)
    return rows


def mean(*values: Array) -> Array:
    """Return the mean of several values."""
    total = values[0]
    for value in values[1:]:
        total = total + value
    average: Array = total / total.dtype.type(len(values))
    return average


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(−z)), without overflow."""
    e = np.exp(-np.abs(z))
    a: Array = np.where(z < 0, e, np.ones_like(e)) / (1 + e)
    return a


def relu(z: Array) -> Array:
    """Return max(z, 0)."""
    return np.maximum(z, np.zeros_like(z))


def leaky_relu(z: Array, slope: float) -> Array:
    """Return z, or slope z below 0."""
    return np.where(z > 0, z, slope * z)


def leaky_relu_with(z: Array, slope: float, threshold: float, largest: float) -> Array:
    """Return z up to the largest, or slope (z − threshold) up to the threshold."""
    return np.where(z > threshold, np.minimum(z, z.dtype.type(largest)), slope * (z - threshold))


def elu(z: Array) -> Array:
    """Return z, or exp(z) − 1 below 0."""
    return np.where(z > 0, z, np.expm1(np.minimum(z, np.zeros_like(z))))


def elu_with(z: Array, alpha: float) -> Array:
    """Return z, or alpha (exp(z) − 1) below 0."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, np.zeros_like(z))))


def selu(z: Array) -> Array:
    """Return elu with a steeper exponential, scaled."""
    below = 1.6732632423543772 * np.expm1(np.minimum(z, np.zeros_like(z)))
    a: Array = 1.0507009873554805 * np.where(z > 0, z, below)
    return a


def softplus(z: Array) -> Array:
    """Return log(1 + exp(z)), without overflow."""
    a: Array = np.maximum(z, np.zeros_like(z)) + np.log1p(np.exp(-np.abs(z)))
    return a


def softplus_with(z: Array, threshold: float) -> Array:
    """Return log(1 + exp(z)), or z above the threshold."""
    return np.where(z > threshold, z, softplus(z))


def softsign(z: Array) -> Array:
    """Return z / (1 + |z|)."""
    a: Array = z / (1 + np.abs(z))
    return a


def gaussian(z: Array) -> Array:
    """Return exp(−z²)."""
    z = np.clip(z, -1e6, 1e6)
    a: Array = np.exp(-z * z)
    return a


def cut_sigmoid(z: Array) -> Array:
    """Return the sigmoid, 0 below −15 and 1 above 15."""
    a: Array = np.where(z < -15, np.zeros_like(z), np.where(z > 15, np.ones_like(z), sigmoid(z)))
    return a


def gelu_tanh(z: Array) -> Array:
    """Return ½ z (1 + tanh(√(2/π) (z + 0.044715 z³)))."""
    near = np.clip(z, -1e6, 1e6)
    a: Array = 0.5 * z * (1 + np.tanh(0.7978845608028654 * (near + 0.044715 * (near * near * near))))
    return a


def hard_tanh(z: Array, low: float, high: float) -> Array:
    """Return z cut to lie between two numbers."""
    a: Array = np.clip(z, low, high)
    return a


def hard_silu(z: Array) -> Array:
    """Return z times z / 6 + ½, cut to lie between 0 and 1."""
    a: Array = z * np.clip(z / 6 + 0.5, 0.0, 1.0)
    return a


def tanh_shrink(z: Array) -> Array:
    """Return z − tanh(z)."""
    return z - np.tanh(z)


def lines(z: Array, low: float, v: Sequence[float], r: Sequence[float]) -> Array:
    """Return straight lines between points (v, r): the lowest before the first, 1 from the last."""
    a: Array = r[-2] + (r[-1] - r[-2]) / (v[-1] - v[-2]) * (z - v[-2])
    for k in range(len(v) - 2, 0, -1):
        a = np.where(z < v[k], r[k - 1] + (r[k] - r[k - 1]) / (v[k] - v[k - 1]) * (z - v[k - 1]), a)
    a = np.where(z < v[0], low * np.ones_like(z), a)
    return np.where(z >= v[-1], np.ones_like(z), a)


def stepwise(z: Array) -> Array:
    """Return 1 / (1 + exp(−2z)) by straight lines between six points."""
    v = [-2.6466524600982666, -1.4722194671630859, -0.5493061542510986]
    r = [0.004999999888241291, 0.05000000074505806, 0.25, 0.75, 0.949999988079071, 0.9950000047683716]
    return lines(z, 0.0, [*v, 0.5493061542510986, 1.4722193479537964, 2.646652936935425], r)


def stepwise_tanh(z: Array) -> Array:
    """Return tanh(z) by straight lines between six points."""
    v, r = [0.5493061542510986, 1.4722193479537964, 2.646652936935425], [0.5, 0.8999999761581421, 0.9900000095367432]
    return lines(z, -1.0, [*(-one for one in v[::-1]), *v], [*(-one for one in r[::-1]), *r])


def gelu(z: Array) -> Array:
    """Return z Φ(z), Φ the standard normal distribution."""
    erf = np.vectorize(math.erf, otypes=[np.float64])(z / math.sqrt(2))
    a: Array = (z * (0.5 * (1 + erf))).astype(z.dtype)
    return a


def silu(z: Array) -> Array:
    """Return z sigmoid(z)."""
    a: Array = z * sigmoid(z)
    return a


def mish(z: Array) -> Array:
    """Return z tanh(softplus(z))."""
    a: Array = z * np.tanh(softplus(z))
    return a


def softmax(z: Array) -> Array:
    """Return exp(z) / Σ exp(z), row by row."""
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    a: Array = e / np.sum(e, axis=1, keepdims=True)
    return a


def step(z: Array) -> Array:
    """Return 1 above 0, else 0."""
    a: Array = (z > 0).astype(z.dtype)
    return a
