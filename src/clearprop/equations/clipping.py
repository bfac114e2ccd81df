"""Gradient clipping, by value and by norm, before the update rule sees the gradient."""

from __future__ import annotations

from clearprop.equations._arrays import Array, namespace


def clip_by_value(g: Array, limit: float) -> Array:
    """Return g with every component cut to [−limit, limit]."""
    return namespace(g).clip(g, -limit, limit)


def clip_by_norm(g: Array, limit: float, norm: float) -> Array:
    """Return g, of the given Euclidean norm, scaled down to norm ≤ limit (Pascanu et al. 2013)."""
    return g * (limit / norm) if norm > limit else g
