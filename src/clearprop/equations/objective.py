"""J = D + R: the one objective, and BP1, its derivative by the last pre-activation.

::

    D = Σ_n w_n ℓ_n / Σ_n w_n      reduction "mean"
    D = Σ_n w_n ℓ_n                reduction "sum"
    delta[L] = ∂J/∂z[L] = scale_n ∂ℓ_n/∂z[L],   scale_n = w_n / Σ w  or  w_n

ℓ_n is summed over the outputs. The scale, the only place where 1/N and the sample weights stand, enters here and
nowhere else; so every quantity further down is a true derivative of J.
"""

from __future__ import annotations

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.activations import Activation
from clearprop.equations.losses import Loss

REDUCTIONS = ("mean", "sum")


def row_losses(loss: Loss, f: Activation, z: Array, a: Array, Y: Array) -> Array:
    """Return ℓ of each row, shape (batch,), by the canonical form where the pair has one."""
    if loss.canonical == f.name:
        return loss.value_from_z(z, Y)
    return loss.value(a, Y)


def row_scales(weights: Array, reduction: str, total: Array | None = None) -> Array:
    """Return the factor of each row in D, shape (batch,); all zero where no row has weight.

    Parameters
    ----------
    total : array (..., 1), optional
        Σ w, where these rows are a part of the batch.
    """
    if reduction == "sum":
        return weights
    xp = namespace(weights)
    total = xp.sum(weights, axis=-1, keepdims=True) if total is None else total
    return weights / xp.where(total > 0, total, xp.ones_like(total))


def output_delta(loss: Loss, f: Activation, z: Array, a: Array, Y: Array, scales: Array) -> Array:
    """BP1: return delta[L] = ∂D/∂z[L], shape (batch, n_out)."""
    if loss.canonical == f.name:
        return scales[..., None] * loss.short_delta(z, a, Y)
    return f.pullback(z, a, scales[..., None] * loss.gradient(a, Y))


def r_output_delta(
    loss: Loss, f: Activation, z: Array, a: Array, Y: Array, scales: Array, Rz: Array, Ra: Array
) -> Array:
    """R3: return how delta[L] changes when z[L] changes along Rz, and a[L] with it along Ra, shape (batch, n_out)."""
    if loss.canonical == f.name:
        return scales[..., None] * loss.r_short_delta(z, a, Y, Rz, Ra)
    upstream = scales[..., None] * loss.gradient(a, Y)
    return f.r_pullback(z, a, upstream, Rz, scales[..., None] * loss.second_derivative(a, Y) * Ra)


def gauss_newton_delta(
    loss: Loss, f: Activation, z: Array, a: Array, Y: Array, scales: Array, Rz: Array, Ra: Array
) -> Array:
    """Return the output's part of the Gauss–Newton product, shape (batch, n_out).

    The loss is split from the network before a canonical activation and after any other one, where it is convex
    (Schraudolph 2002). The focal losses are convex on neither side, and gamma is not in a.
    """
    if loss.canonical == f.name:
        return scales[..., None] * loss.r_short_delta(z, a, Y, Rz, Ra)
    return f.pullback(z, a, scales[..., None] * loss.second_derivative(a, Y) * Ra)
