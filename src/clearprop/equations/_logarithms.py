"""Logarithms and reciprocals that stay finite."""

from __future__ import annotations

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.activations import SOFTPLUS


def above_zero(a: Array) -> Array:
    """Return a, kept off 0 so that its logarithm and reciprocal stay finite."""
    xp = namespace(a)
    return xp.maximum(a, xp.full_like(a, float(xp.finfo(a.dtype).smallest_normal)))


def finite(g: Array) -> Array:
    """Return g, what overflowed cut back to the largest number, so that a pullback's factor 0 makes it 0, not NaN."""
    xp = namespace(g)
    largest = float(xp.finfo(g.dtype).max)
    return xp.clip(g, -largest, largest)


def over_square(y: Array, a: Array) -> Array:
    """Return y / a², finite at 0; the square itself would underflow long before a does."""
    a = above_zero(a)
    return finite(y / a / a)


def log(a: Array) -> Array:
    """Return log a, finite at 0."""
    return namespace(a).log(above_zero(a))


def log_sigmoids(z: Array) -> tuple[Array, Array]:
    """Return log σ(z) and log(1 − σ(z))."""
    return -SOFTPLUS.forward(-z), -SOFTPLUS.forward(z)


def log_softmax(z: Array) -> Array:
    """Return log softmax(z), row by row."""
    xp = namespace(z)
    shifted = z - xp.max(z, axis=-1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))
