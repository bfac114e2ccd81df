"""Penalties on the weights, R = ½ l2 Σ W² + l1 Σ |W|, and the max-norm projection."""

from __future__ import annotations

from clearprop.equations._arrays import Array, namespace


def penalty_strengths(l1: float, l2: float, weights: Array | None) -> tuple[float, float]:
    """Return l1 and l2 divided by Σ_n w_n; as they are where weights is None, 0 where no row has weight."""
    if weights is None:
        return l1, l2
    total = float(namespace(weights).sum(weights))
    return (l1 / total, l2 / total) if total > 0 else (0.0, 0.0)


def penalty(W: Array, l1: float, l2: float) -> Array:
    """Return the part of R that W, of any shape, contributes: a scalar array."""
    xp = namespace(W)
    return 0.5 * l2 * xp.sum(W * W) + l1 * xp.sum(xp.abs(W))


def penalty_gradient(W: Array, l1: float, l2: float) -> Array:
    """Return ∂R/∂W = l2 W + l1 sign(W), of the shape of W; sign(0) = 0."""
    return l2 * W + l1 * namespace(W).sign(W)


def project_max_norm(W: Array, limit: float) -> Array:
    """Scale down every unit's incoming weights, a column of W (n_in, n_out), to norm ≤ limit.

    Srebro and Shraibman 2005; with dropout, Srivastava et al. 2014. A projection after the update, not a part of J.
    """
    xp = namespace(W)
    norms = xp.sqrt(xp.sum(W * W, axis=0, keepdims=True))
    return W * xp.where(norms > limit, limit / xp.where(norms > 0, norms, xp.ones_like(norms)), xp.ones_like(norms))
