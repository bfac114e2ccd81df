"""Backpropagation in matrix form: the heart of clearprop.

Rows are samples. Lists start at 0, the input, so that ``l`` is the same layer in every one of them::

    F1   z[l] = x[l-1] W[l] + b[l]                     l = 1..L, x[l] = a[l] ⊙ mask[l], a[0] = X
    F2   a[l] = f[l](z[l])
    BP1  delta[L] = ∂J/∂z[L]                           from the loss, see `clearprop.equations.objective`
    BP2  delta[l] = pullback of f[l] at z[l] applied to (delta[l+1] W[l+1]ᵀ) ⊙ mask[l]
    BP3  dW[l] = x[l-1]ᵀ delta[l]                      the penalty's part is added by the objective
    BP4  db[l] = Σ_rows delta[l]

Shapes: X (batch, n_in); W[l] (n_in, n_out); b[l] (n_out,) or None for a layer without bias; z[l], a[l] and
delta[l] (batch, n_out). ``mask[l]``, the dropout mask on the input of layer l+1, is (batch, n) or None for all
ones. f[0] is the identity: the input is its own activation.
Any array-API library will do; nothing is changed in place. Leading axes are carried along: k networks are the same
functions of W[l] (k, n_in, n_out) and b[l] (k, n_out), on rows X of their own (k, batch, n_in) or shared ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.activations import Activation

Arrays = Sequence[Array]
Activations = Sequence[Activation]


def masked(a: Array, mask: Array | None) -> Array:
    """Return x = a ⊙ mask, what the next layer sees of a."""
    return a if mask is None else a * mask


def forward(X: Array, W: Arrays, b: Arrays, f: Activations, masks: Arrays) -> tuple[list[Array], list[Array]]:
    """Run F1 and F2 through all layers; return the lists z and a (z[0] is None, a[0] is X)."""
    z: list[Array] = [None]
    a: list[Array] = [X]
    for l in range(1, len(W)):
        product = masked(a[l - 1], masks[l - 1]) @ W[l]
        z.append(product if b[l] is None else product + b[l][..., None, :])
        a.append(f[l].forward(z[l]))
    return z, a


def backward(delta_L: Array, z: Arrays, a: Arrays, W: Arrays, f: Activations, masks: Arrays) -> list[Array]:
    """Run BP2 from layer L down to 1; return the list delta (delta[0] is None)."""
    L = len(W) - 1
    delta: list[Array] = [None] * L + [delta_L]
    for l in range(L - 1, 0, -1):
        upstream = masked(delta[l + 1] @ W[l + 1].mT, masks[l])
        delta[l] = f[l].pullback(z[l], a[l], upstream)
    return delta


def gradients(a: Arrays, delta: Arrays, b: Arrays, masks: Arrays) -> tuple[list[Array], list[Array]]:
    """Apply BP3 and BP4 to every layer; return the lists dW and db (entry 0 is None)."""
    dW: list[Array] = [None]
    db: list[Array] = [None]
    for l in range(1, len(delta)):
        dW.append(masked(a[l - 1], masks[l - 1]).mT @ delta[l])
        db.append(None if b[l] is None else namespace(delta[l]).sum(delta[l], axis=-2))
    return dW, db


def input_gradient(delta: Arrays, W: Arrays, masks: Arrays) -> Array:
    """Return ∂J/∂X = (delta[1] W[1]ᵀ) ⊙ mask[0], what BP2 would hand to a layer below."""
    return masked(delta[1] @ W[1].mT, masks[0])
