"""The size of a gradient, and clipping it, by value and by norm, before the update rule sees it."""

from __future__ import annotations

from clearprop.equations._arrays import Array, namespace, wide


def clip_by_value(g: Array, limit: float) -> Array:
    """Return g with every component cut to [−limit, limit]."""
    return namespace(g).clip(g, -limit, limit)


def clip_by_norm(g: Array, limit: float, norm: Array | float) -> Array:
    """Return g (..., n), of the given Euclidean norm (...), scaled down to norm ≤ limit (Pascanu et al. 2013)."""
    xp = namespace(g)
    norm = xp.asarray(norm)
    scale = limit / xp.where(norm > limit, norm, xp.full_like(norm, limit))  # 1 where nothing is to be done
    return g * xp.astype(scale, g.dtype)[..., None]


def euclidean_norm(g: Array) -> Array:
    """Return ‖g‖ of g (..., n), shape (...): a float32 vector's squares would overflow in its own precision."""
    g = wide(g)
    return namespace(g).sqrt((g[..., None, :] @ g[..., :, None])[..., 0, 0])
