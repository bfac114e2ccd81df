"""φ = −(1 − a)^γ log a, of which both focal losses are made, and its derivatives, as functions of log a.

Taken from log a, 1 − a = −expm1(log a) keeps all its digits.
"""

from __future__ import annotations

from clearprop.equations._arrays import Array, namespace
from clearprop.equations._logarithms import finite


def focal(log_a: Array, g: float) -> Array:
    """Return φ."""
    return -(_rest(log_a) ** g) * log_a


def focal_slope(log_a: Array, g: float) -> Array:
    """Return ∂φ/∂(log a) = γ (1 − a)^(γ−1) a log a − (1 − a)^γ."""
    rest = _rest(log_a)
    return g * rest ** (g - 1) * namespace(log_a).exp(log_a) * log_a - rest**g


def focal_bend(log_a: Array, g: float) -> Array:
    """Return ∂²φ/∂(log a)²."""
    xp = namespace(log_a)
    a, rest = xp.exp(log_a), _rest(log_a)
    rest = xp.where(rest > 0, rest, xp.ones_like(rest))  # γ below 2 divides by it
    return g * a * (rest ** (g - 1) * (2 + log_a) - (g - 1) * rest ** (g - 2) * a * log_a)


def focal_curvature(log_a: Array, g: float) -> Array:
    """Return ∂²φ/∂a²."""
    return finite((focal_bend(log_a, g) - focal_slope(log_a, g)) * namespace(log_a).exp(-2 * log_a))


def _rest(log_a: Array) -> Array:
    """Return 1 − a."""
    return -namespace(log_a).expm1(log_a)
