"""The derivatives of φ = −(1 − a)^γ log a, of which both focal losses are made; log a is given because it is exact."""

from __future__ import annotations

from clearprop.equations._arrays import Array, namespace


def focal_slope(a: Array, log_a: Array, g: float) -> Array:
    """Return ∂φ/∂(log a)."""
    return g * (1 - a) ** (g - 1) * a * log_a - (1 - a) ** g


def focal_bend(a: Array, log_a: Array, g: float) -> Array:
    """Return ∂²φ/∂(log a)²."""
    xp = namespace(a)
    rest = -xp.expm1(log_a)  # 1 − a with all its digits: γ below 2 divides by it
    rest = xp.where(rest > 0, rest, xp.ones_like(rest))
    return g * a * (rest ** (g - 1) * (2 + log_a) - (g - 1) * rest ** (g - 2) * a * log_a)


def focal_curvature(a: Array, log_a: Array, g: float) -> Array:
    """Return ∂²φ/∂a²."""
    return (focal_bend(a, log_a, g) - focal_slope(a, log_a, g)) / a**2
