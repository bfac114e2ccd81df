"""What is compiled, once for each network and rule: predict, evaluate, and a loop of steps.

Steps are taken in chunks of one shape: a number of batches of some rows each. Rows that fill a batch up have weight 0;
batches that fill a chunk up are not reached. So an order of any length is one compilation, and what a step computes
depends on its own batch alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from clearprop.equations.optimizers import Rule
from clearprop.equations.philox import PURPOSE_DROPOUT, ROUNDS, one_round
from clearprop.equations.slots import split
from clearprop.equations.step import Batch, Evaluation, Memory, Update, evaluate, forward, objective_of, step
from clearprop.model.network import Network

Array = Any
COMPILED = 64
"""Networks whose compiled functions are kept."""


class Chunk(NamedTuple):
    """Batches of one shape: X (k, rows, columns), Y (k, rows, ...), weights (k, rows), rates (k,); n of them count."""

    X: Array
    Y: Array
    weights: Array
    rates: Array
    n: Array


class Compiled(NamedTuple):
    """Functions of arrays.

    predict: w, X to a[L]. evaluate: w, batch, key, step to an `Evaluation` and the masks. run: w, memory, chunk, key,
    step to w, memory, the number of steps taken, and J, R and the norm of each (n, 3).
    """

    predict: Callable[..., Array]
    evaluate: Callable[..., tuple[Evaluation, list[Array | None]]]
    run: Callable[..., tuple[Array, Memory, Array, Array]]


@lru_cache(maxsize=COMPILED)
def compiled(network: Network, rule: Rule) -> Compiled:
    """Return the functions of a network and the rule it is trained by."""
    rates = [layer.dropout for layer in network.layers]
    update = Update.of(rule, network.slots)

    def masks_of(key: tuple[Array, Array], t: Array, rows: int, dtype: Any) -> list[Array | None]:
        sizes = enumerate(zip(network.sizes, rates, strict=False))
        return [*(_mask(key, t, l, (rows, n), rate, dtype) if rate else None for l, (n, rate) in sizes), None]

    def predict(w: Array, X: Array) -> Array:
        return forward(network, split(network.slots, w), X, [None] * len(network.f))[1][-1]

    def look_at(w: Array, batch: Batch, key: tuple[Array, Array], t: Array) -> tuple[Evaluation, list[Array | None]]:
        masks = masks_of(key, t, len(batch.X), w.dtype)
        return evaluate(network, split(network.slots, w), batch._replace(masks=masks)), masks

    def run(
        w: Array, memory: Memory, chunk: Chunk, key: tuple[Array, Array], t: Array
    ) -> tuple[Array, Memory, Array, Array]:
        def goes_on(now: Any) -> Array:
            return (now[0] < chunk.n) & now[-1]

        def one_step(now: Any) -> Any:
            i, w, memory, found, _ = now
            masks = masks_of(key, t + i, chunk.X.shape[1], w.dtype)
            rows = Batch(chunk.X[i], _rows_of(chunk.Y[i], network, w.dtype), chunk.weights[i], masks)
            w, memory, seen = step(objective_of(network, rows), update, w, memory, t + i + 1, chunk.rates[i])
            found = found.at[i].set(jnp.stack([seen.J, seen.R, seen.norm]))
            return i + jnp.where(seen.finite, 1, 0), w, memory, found, seen.finite

        begin = 0 * t, w, memory, jnp.zeros((chunk.X.shape[0], 3)), jnp.asarray(True)
        taken, w, memory, found, _ = jax.lax.while_loop(goes_on, one_step, begin)
        return w, memory, taken, found

    return Compiled(jax.jit(predict), jax.jit(look_at), jax.jit(run))


def _mask(key: tuple[Array, Array], t: Array, l: int, shape: tuple[int, int], rate: float, dtype: Any) -> Array:
    """Return the bits of `clearprop.equations.dropout.dropout_mask`, on the device."""
    n = shape[0] * shape[1]
    blocks = jnp.arange((n + 3) // 4, dtype=jnp.uint64)
    constant = (jnp.full_like(blocks, word) for word in (l, jnp.asarray(t).astype(jnp.uint64), PURPOSE_DROPOUT))
    begin = (blocks, *constant), key
    words, _ = jax.lax.fori_loop(0, ROUNDS, lambda _, now: one_round(*now), begin)  # unrolled, it compiles for seconds
    drawn = jnp.stack(words, axis=1).astype(jnp.uint32).reshape(-1)[:n].reshape(shape)
    keep = drawn >= np.uint32(min(round(rate * 2**32), 2**32 - 1))
    return keep.astype(dtype) * jnp.asarray(1 / (1 - rate), dtype=dtype)


def _rows_of(Y: Array, network: Network, dtype: Any) -> Array:
    """Return target rows, from class indices too."""
    return jax.nn.one_hot(Y, network.n_out, dtype=dtype) if Y.ndim == 1 else Y
