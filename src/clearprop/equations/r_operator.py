"""The R-operator: backpropagation differentiated once more, along a direction (Pearlmutter 1994).

``R q`` is how q changes when the parameters change along V[l], v[l]::

    R1   Rz[l] = Rx[l-1] W[l] + x[l-1] V[l] + v[l]            Rx[l] = Ra[l] ⊙ mask[l]
    R2   Ra[l] = pushforward of f[l] at z[l] applied to Rz[l]
    R3   Rdelta[L]                                            from the loss, see `clearprop.equations.objective`
    R4   Rdelta[l] = R of the pullback in BP2, with R(delta[l+1] W[l+1]ᵀ) = Rdelta[l+1] W[l+1]ᵀ + delta[l+1] V[l+1]ᵀ
    R5   RdW[l] = Rx[l-1]ᵀ delta[l] + x[l-1]ᵀ Rdelta[l]       Rdb[l] = Σ_rows Rdelta[l]

Applied to the gradient this is the Hessian times the direction, exactly, at the cost of about two more passes and
without the Hessian. With the R4 and R5 terms in delta left out it is the Gauss–Newton matrix times the direction.
"""

from __future__ import annotations

from typing import NamedTuple

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.backprop import Activations, Arrays, masked


class Pass(NamedTuple):
    """The pass that is differentiated: lists by layer, as in `clearprop.equations.backprop`."""

    z: Arrays
    a: Arrays
    W: Arrays
    f: Activations
    masks: Arrays


def r_forward(Ra0: Array, by: Pass, V: Arrays, v: Arrays) -> tuple[list[Array], list[Array]]:
    """Run R1 and R2 through all layers; return the lists Rz and Ra (Rz[0] is None).

    Parameters
    ----------
    Ra0 : array (batch, width)
        How the input changes: zeros, unless parameters of its stages are part of the direction.
    """
    z, a, W, f, masks = by
    Rz: list[Array] = [None]
    Ra: list[Array] = [Ra0]
    for l in range(1, len(W)):
        change = masked(Ra[l - 1], masks[l - 1]) @ W[l] + masked(a[l - 1], masks[l - 1]) @ V[l]
        Rz.append(change if v[l] is None else change + v[l][..., None, :])
        Ra.append(f[l].pushforward(z[l], a[l], Rz[l]))
    return Rz, Ra


def r_acceleration(RRa0: Array, Rz: Arrays, Ra: Arrays, by: Pass, V: Arrays) -> Array:
    """Return the second derivative of a[L] along the direction, (batch, n_out): R of R1 and R2.

    ::

        R6   RRz[l] = RRx[l-1] W[l] + 2 Rx[l-1] V[l]
        R7   RRa[l] = R of the pushforward in R2

    The pushforward is the pullback, as every activation's Jacobian is symmetric, so R7 is R4's R of the pullback.
    RRa[0] is `RRa0`: zeros, unless a stage is curved in its parameters.
    """
    z, a, W, f, masks = by
    RRa = RRa0
    for l in range(1, len(W)):
        RRz = masked(RRa, masks[l - 1]) @ W[l] + 2 * (masked(Ra[l - 1], masks[l - 1]) @ V[l])
        RRa = f[l].r_pullback(z[l], a[l], Rz[l], Rz[l], RRz)
    return RRa


def r_backward(Rdelta_L: Array, Rz: Arrays, delta: Arrays, by: Pass, V: Arrays) -> list[Array]:
    """Run R4 from layer L down to 1; return the list Rdelta (Rdelta[0] is None)."""
    z, a, W, f, masks = by
    L = len(W) - 1
    Rdelta: list[Array] = [None] * L + [Rdelta_L]
    for l in range(L - 1, 0, -1):
        upstream = masked(delta[l + 1] @ W[l + 1].mT, masks[l])
        Rupstream = masked(Rdelta[l + 1] @ W[l + 1].mT + delta[l + 1] @ V[l + 1].mT, masks[l])
        Rdelta[l] = f[l].r_pullback(z[l], a[l], upstream, Rz[l], Rupstream)
    return Rdelta


def r_gradients(
    a: Arrays, Ra: Arrays, delta: Arrays, Rdelta: Arrays, b: Arrays, masks: Arrays
) -> tuple[list[Array], list[Array]]:
    """Apply R5 to every layer; return the lists RdW and Rdb (entry 0 is None)."""
    RdW: list[Array] = [None]
    Rdb: list[Array] = [None]
    for l in range(1, len(delta)):
        x, Rx = masked(a[l - 1], masks[l - 1]), masked(Ra[l - 1], masks[l - 1])
        RdW.append(Rx.mT @ delta[l] + x.mT @ Rdelta[l])
        Rdb.append(None if b[l] is None else namespace(Rdelta[l]).sum(Rdelta[l], axis=-2))
    return RdW, Rdb


def r_input_gradient(delta: Arrays, Rdelta: Arrays, W: Arrays, V: Arrays, masks: Arrays) -> Array:
    """Return R(∂J/∂a[0]), what the input stages' part of the product is made of."""
    return masked(Rdelta[1] @ W[1].mT + delta[1] @ V[1].mT, masks[0])
