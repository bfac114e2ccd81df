"""Penalties on the weights, R = ½ l2 Σ W² + l1 Σ |W|, and the max-norm projection."""

from __future__ import annotations

from typing import Any

from clearprop.equations._arrays import Array, namespace, wide


def penalty_strengths(l1: float, l2: float, weights: Array) -> tuple[Array, Array]:
    """Return l1 and l2 divided by Σ_n w_n of weights (..., batch); 0 where no row has weight."""
    xp = namespace(weights)
    total = wide(xp.sum(weights, axis=-1))
    divisor = xp.where(total > 0, total, xp.ones_like(total))
    counts = xp.where(total > 0, xp.ones_like(total), xp.zeros_like(total))
    return l1 / divisor * counts, l2 / divisor * counts


def penalty(W: Array, l1: Any, l2: Any, axis: int | tuple[int, ...] | None = None) -> Array:
    """Return the part of R that W, of any shape, contributes: a scalar array, or one for each index of other axes."""
    xp = namespace(W)
    return 0.5 * l2 * xp.sum(W * W, axis=axis) + l1 * xp.sum(xp.abs(W), axis=axis)


def penalty_gradient(W: Array, l1: Any, l2: Any) -> Array:
    """Return ∂R/∂W = l2 W + l1 sign(W), of the shape of W; sign(0) = 0."""
    return l2 * W + l1 * namespace(W).sign(W)


def project_max_norm(W: Array, limit: float) -> Array:
    """Scale down every unit's incoming weights, a column of W (..., n_in, n_out), to norm ≤ limit.

    Srebro and Shraibman 2005; with dropout, Srivastava et al. 2014. A projection after the update, not a part of J.
    """
    xp = namespace(W)
    norms = xp.sqrt(xp.sum(W * W, axis=-2, keepdims=True))
    return W * xp.where(norms > limit, limit / xp.where(norms > 0, norms, xp.ones_like(norms)), xp.ones_like(norms))
