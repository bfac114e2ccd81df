"""Stage 0: numbers pass through, codes become one-hot or embedding rows.

With H[k] the one-hot rows of the k-th categorical column, its part of a[0] is H[k] itself, or H[k] E[k]; so an
embedding is a dense layer without bias on one-hot inputs, and ``dE[k] = H[k]ᵀ (∂J/∂a[0])[k]``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clearprop.equations._arrays import Array, namespace
from clearprop.equations.targets import one_hot


def encode(X: Array, n_numeric: int, categories: Sequence[int], E: Sequence[Array]) -> Array:
    """Return a[0] (batch, width) of X (batch, n_columns).

    Parameters
    ----------
    categories : sequence of int
        Number of codes of each categorical column.
    E : sequence of array (n, size) or None
        Entry k ≥ 1 is the embedding of the k-th categorical column, None for one-hot.
    """
    if not categories:
        return X
    xp = namespace(X)
    blocks = [X[:, :n_numeric]] if n_numeric else []
    for k, n in enumerate(categories, start=1):
        codes = _codes(X, n_numeric, k)
        blocks.append(one_hot(codes, n, X.dtype) if E[k] is None else xp.take(E[k], codes, axis=0))
    return xp.concat(blocks, axis=1)


def encode_change(X: Array, n_numeric: int, categories: Sequence[int], V: Sequence[Array]) -> Array:
    """Return how a[0] changes when every E[k] changes along V[k]: ``H[k] V[k]`` beside zeros, (batch, width)."""
    xp = namespace(X)
    blocks = [xp.zeros_like(X[:, :n_numeric])]
    for k, n in enumerate(categories, start=1):
        codes = _codes(X, n_numeric, k)
        change = xp.zeros((X.shape[0], n), dtype=X.dtype) if V[k] is None else xp.take(V[k], codes, axis=0)
        blocks.append(change)
    return xp.concat(blocks, axis=1)


def embedding_gradients(
    X: Array, n_numeric: int, categories: Sequence[int], E: Sequence[Array], upstream: Callable[[], Array]
) -> list[Array]:
    """Return the list dE of gradients of the embeddings; None where E is.

    Parameters
    ----------
    upstream : callable
        Returns ∂J/∂a[0] (batch, width); called only where something is embedded.
    """
    dE: list[Array] = [None] * len(E)
    if all(table is None for table in E):
        return dE
    gradient, start = upstream(), n_numeric
    for k in range(1, len(E)):
        width = categories[k - 1] if E[k] is None else E[k].shape[1]
        if E[k] is not None:
            H = one_hot(_codes(X, n_numeric, k), E[k].shape[0], X.dtype)
            dE[k] = H.T @ gradient[:, start : start + width]
        start += width
    return dE


def one_hot_blocks(X: Array, n_numeric: int, categories: Sequence[int]) -> list[Array]:
    """Return the list H of one-hot rows (batch, n) of every categorical column (entry 0 is None)."""
    blocks = (one_hot(_codes(X, n_numeric, k), n, X.dtype) for k, n in enumerate(categories, start=1))
    return [None, *blocks]


def _codes(X: Array, n_numeric: int, k: int) -> Array:
    xp = namespace(X)
    return xp.astype(X[:, n_numeric + k - 1], xp.int64)
