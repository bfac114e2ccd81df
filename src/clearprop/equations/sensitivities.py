"""First derivatives other than the gradient of J: by row, by output.

With ``S[l] = ∂a[L]/∂z[l]``, one backward pass per output, all rows at once::

    S1   S[L] = Jacobian of f[L] at z[L]
    S2   S[l] = pullback of f[l] at z[l] applied to (S[l+1] W[l+1]ᵀ) ⊙ mask[l]
    S3   ∂a[L]/∂a[0] = (S[1] W[1]ᵀ) ⊙ mask[0]

S[l] has shape (..., batch, n_out, n_l): the outputs are an axis of their own between row and unit.
"""

from __future__ import annotations

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.backprop import Activations, Arrays, masked


def output_sensitivities(z: Arrays, a: Arrays, W: Arrays, f: Activations, masks: Arrays) -> list[Array]:
    """Run S1 to S3; return the list S, with ∂a[L]/∂a[0] as entry 0."""
    xp, L = namespace(a[0]), len(W) - 1
    upstream = xp.eye(a[L].shape[-1], dtype=a[L].dtype)
    S: list[Array] = [None] * (L + 1)
    for l in range(L, 0, -1):
        S[l] = f[l].pullback(z[l][..., None, :], a[l][..., None, :], upstream)
        mask = None if masks[l - 1] is None else masks[l - 1][..., None, :]
        upstream = masked(S[l] @ W[l].mT[..., None, :, :], mask)
    S[0] = upstream
    return S


def row_norms(x: Array, delta: Array, bias: bool) -> Array:
    """Return ‖∂ℓ_n/∂W‖² + ‖∂ℓ_n/∂b‖² of one layer, shape (batch,), from its input x and its delta.

    A row's gradient is the outer product x_nᵀ delta_n, whose norm is the product of the norms: no row's gradient is
    ever formed (Goodfellow 2015, "Efficient per-example gradient computations").
    """
    xp = namespace(x)
    return xp.sum(delta * delta, axis=-1) * (xp.sum(x * x, axis=-1) + (1 if bias else 0))
